// Who this browser is for the service: a token, which is created with the first chat and not before.

import { api, setToken } from "./api.js";
import { clearStorage, onChangeInOtherTab, stored } from "./storage.js";

/** @type {import("./storage.js").StoredValue<string>} */
const token = stored("token");

export const visitor = {
  /**
   * Restores the token of an earlier visit. `changed` is called when another tab gets or loses one.
   * @param {() => void} changed
   */
  restore(changed) {
    setToken(token.get() ?? "");
    onChangeInOtherTab(token, () => {
      setToken(token.get() ?? "");
      changed();
    });
  },
  get isKnown() {
    return Boolean(token.get());
  },
  async register() {
    if (this.isKnown) return;
    const created = await api.createVisitor(navigator.language.slice(0, 35));
    token.set(created.token);
    setToken(created.token);
  },
  forget() {
    clearStorage();
    setToken("");
  },
};
