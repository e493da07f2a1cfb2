// The key-value store: of one installation, and there only once the app is installed.

const LONGEST_KEY = 60;
const LARGEST_ENTRY = 40 * 1024;

export class DataStore {
  constructor() {
    this.values = new Map();
    this.isAvailable = true;
  }

  set(key, value) {
    this.check(key);
    if (typeof value !== "object" || !value || !Object.keys(value).length) {
      throw refusal(400, "The value cannot be blank and should be of type JSON");
    }
    if (JSON.stringify(value).length + key.length > LARGEST_ENTRY) {
      throw refusal(400, "The combined size of the key and value should not exceed 40KB");
    }
    this.values.set(key, JSON.parse(JSON.stringify(value)));
    return { Created: true };
  }

  get(key) {
    this.check(key);
    if (!this.values.has(key)) {
      throw refusal(404, "Record not found");
    }
    return this.values.get(key);
  }

  check(key) {
    if (!this.isAvailable) {
      throw refusal(400, "The app is not installed");
    }
    if (typeof key !== "string" || !key.trim() || key.length > LONGEST_KEY) {
      throw refusal(400, "The key cannot be blank, and its length should not exceed 60 characters");
    }
  }
}

function refusal(status, message) {
  return Object.assign(new Error(message), { status });
}
