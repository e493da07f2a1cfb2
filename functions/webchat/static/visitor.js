// Who this browser is to the service: a token, made when the first chat is started and not before.

import { api, identify } from "./api.js";
import { forgetAll, kept, onChangeElsewhere } from "./storage.js";

const stored = kept("token");

export const visitor = {
  /** Takes up the token of an earlier visit; `changed()` is called when another tab gets or loses one. */
  remember(changed) {
    identify(stored.get() ?? "");
    onChangeElsewhere(stored, () => {
      identify(stored.get() ?? "");
      changed();
    });
  },
  get known() {
    return Boolean(stored.get());
  },
  async introduce() {
    if (this.known) return;
    const { token } = await api.makeVisitor(navigator.language.slice(0, 35));
    stored.set(token);
    identify(token);
  },
  forget() {
    forgetAll();
    identify("");
  },
};
