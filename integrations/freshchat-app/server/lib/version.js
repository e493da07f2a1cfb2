// The app's own version, which Patchbay receives with every event. The manifest of platform 3.0 has no place for it.

exports = { version: "1.0.0" };
