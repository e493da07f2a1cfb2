// The shapes that the page of the web chat works with. Only the type checker reads this file.

// --- elements --------------------------------------------------------------------------------------------------------

type AttributeValue = string | number | boolean | null | undefined;
type AttributeName =
  | "accept"
  | "alt"
  | "autocomplete"
  | "autofocus"
  | "checked"
  | "class"
  | "controls"
  | "datetime"
  | "dir"
  | "disabled"
  | "download"
  | "enterkeyhint"
  | "for"
  | "hidden"
  | "href"
  | "id"
  | "inputmode"
  | "loading"
  | "max"
  | "maxlength"
  | "method"
  | "min"
  | "multiple"
  | "name"
  | "novalidate"
  | "open"
  | "placeholder"
  | "playsinline"
  | "popover"
  | "preload"
  | "referrerpolicy"
  | "rel"
  | "required"
  | "role"
  | "rows"
  | "src"
  | "step"
  | "tabindex"
  | "target"
  | "title"
  | "type"
  | "value";

type Listeners = {
  [Name in keyof HTMLElementEventMap as `on${Name}`]?: ((event: HTMLElementEventMap[Name]) => unknown) | null;
};

/** What `el` accepts: attributes, listeners as `on…`, and `style` with custom properties. */
export type Attributes = Listeners & { [Name in AttributeName]?: AttributeValue } & {
  style?: Record<`--${string}`, string | number>;
  [name: `aria-${string}` | `data-${string}`]: AttributeValue;
};

export type ChildNodeLike = Node | string | number | false | null | undefined;
export type Child = ChildNodeLike | ChildNodeLike[];

/** An entry of a menu. `writes`: it is not offered while the chat is closed. */
export interface MenuItem<Icon extends string = string> {
  icon: Icon;
  label: string;
  act: () => unknown;
  writes?: boolean;
}

// --- the API (docs/webchat-api.md) -----------------------------------------------------------------------------------

export interface About {
  title: string;
  welcome_message: string;
  colour: string;
  language: string;
  open: boolean;
  live: boolean;
  push: boolean;
  text_limit: number;
  reactions: string[];
  upload: UploadLimits;
}

export interface UploadLimits {
  max_bytes: number;
  types: string[];
  extensions: string[];
}

export interface Chat {
  id: string;
  name: string;
  created_at: string;
  updated_at: string;
  preview: string;
  unread: number;
}

export type AttachmentKind = "image" | "audio" | "video" | "file";
export type DeliveryState = "sent" | "delivered" | "read" | "failed";

export interface Attachment {
  kind: AttachmentKind;
  url: string | null;
  name: string;
  type: string;
  size: number | null;
}

export interface Button {
  id: string;
  label: string;
  url: string | null;
}

export interface Card {
  title: string;
  text: string;
  image: string | null;
  buttons: Button[];
}

export interface Location {
  latitude: number;
  longitude: number;
  label: string;
}

export interface Sender {
  name: string;
  bot: boolean;
}

export interface Message {
  id: string;
  position: number;
  mine: boolean;
  at: string;
  text: string;
  attachment: Attachment | null;
  cards: Card[];
  location: Location | null;
  buttons: Button[];
  sender: Sender | null;
  state: DeliveryState;
  reason: string;
  tapped: string | null;
  edited: boolean;
  reply_to: string | null;
  reactions: Reaction[];
}

/** At most one of the visitor and one of each agent. `name` is the agent's, "" where it is not known. */
export interface Reaction {
  emoji: string;
  mine: boolean;
  name: string;
}

/** An answer to "what is new" or to "what was before". */
export interface MessagePage {
  messages: Message[];
  cursor: string;
  typing: { name: string } | null;
  reset: boolean;
  earlier?: string | null;
}

/** What has changed in a chat; it follows the cursor `after`. Without one, ask. */
export interface LiveUpdate {
  chat: Chat;
  after: string | null;
  messages: Message[];
  cursor: string;
  typing: { name: string } | null;
}

export interface Tap {
  message: string;
  button: string;
}

export interface NewMessage {
  id: string;
  text?: string;
  upload?: string;
  tap?: Tap;
  reply_to?: string;
}

export interface FileFacts {
  name: string;
  size: number;
  type: string;
}

/** Where a reserved upload is posted, and the form fields that go with it. */
export interface ReservedUpload {
  upload: string;
  url: string;
  fields: Record<string, string>;
}

// --- what the page makes of it ---------------------------------------------------------------------------------------

/** A message as the page has it. `deleted`: while it was on the screen, and nothing is left of it but its place. */
export type KnownMessage = Message & { deleted?: boolean };

/**
 * A message that the service has not confirmed yet. `refused` is the status with which the service rejected it for
 * good, 0 while it waits; `why` is the code of the reason.
 */
export interface OutboxEntry {
  id: string;
  chat: string;
  at: string;
  text: string;
  file: FileFacts | null;
  tap: Tap | null;
  upload: string;
  refused: number;
  why?: string;
  renewed?: boolean;
  reply_to?: string;
}

export type NewEntry = Pick<OutboxEntry, "id" | "chat"> & Partial<Pick<OutboxEntry, "text" | "tap" | "reply_to">>;

/** `local` is the file's address in this browser while it is at hand. */
export type ShownAttachment = Attachment & { local?: string };

export type ShownState = DeliveryState | "waiting" | "sending";

/** A message as the page shows it: one of the service's, or an entry of the outbox (`unsent`). */
export interface ShownMessage extends Omit<KnownMessage, "position" | "attachment" | "state"> {
  attachment: ShownAttachment | null;
  quote?: Quote;
  state: ShownState;
  unsent?: boolean;
  explanation?: string;
  progress?: number;
  resendable?: boolean;
}

/** The message that another one answers. `leads`: it can be shown. */
export interface Quote {
  id: string;
  author: string;
  text: string;
  leads: boolean;
}

export interface BubbleActions {
  tap: (message: ShownMessage, button: Button) => void;
  retry: (message: ShownMessage) => void;
  discard: (message: ShownMessage) => void;
  edit: (message: ShownMessage) => void;
  remove: (message: ShownMessage) => void;
  react: (message: ShownMessage, anchor: HTMLElement) => void;
  answer: (message: ShownMessage) => void;
  jump: (id: string) => void;
}

export interface StagedFile {
  file: File;
  preview: string;
}

/** The texts of the page by name, in one language. */
export type Texts = Record<TextName, string>;
export type TextName = keyof typeof import("./static/texts-en.js").default;

declare global {
  interface Window {
    /** For the site that shows the widget. */
    PatchbayChat?: Readonly<{ open: () => void; close: () => void }>;
  }
}
