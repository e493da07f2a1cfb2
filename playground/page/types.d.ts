// The shapes that the playground's server sends and the page works with. Only the type checker reads this file.

import type { MenuItem as AnyMenuItem } from "../../functions/webchat/types.js";

export type IconName = Parameters<typeof import("./dom.js").icon>[0];
export type MenuItem = AnyMenuItem<IconName>;
export type Side = "messenger" | "platform";

// --- what people see on a service ------------------------------------------------------------------------------------

export type Author = "customer" | "agent" | "note" | "bot" | "system";

export interface Button {
  label: string;
  url: string | null;
  description?: string;
  list?: string;
}

export interface Card {
  title: string;
  text: string;
  image: string | null;
  url?: string | null;
  buttons: Button[];
}

export interface Attachment {
  kind: string;
  url: string;
  name: string;
  size?: number | null;
  duration?: number;
  emoji?: string;
}

/** In groups, `person` is who has made it and `name` what they are called. */
export interface Reaction {
  emoji: string;
  author: Author;
  person?: string;
  name?: string;
}

/** A message that another one answers. */
export interface Answered {
  id: string;
  author: Author;
  text: string;
}

/** A part of a text in bold, a link and so on. It counts UTF-16 units. */
export interface Mark {
  type: string;
  offset: number;
  length: number;
  url?: string;
}

export interface Location {
  latitude: number;
  longitude: number;
}

export interface Question {
  status: string;
  answer: string;
}

export interface Message {
  id: string;
  author: Author;
  name: string;
  avatar: string | null;
  at: string;
  text: string;
  attachment: Attachment | null;
  buttons: Button[];
  cards: Card[];
  location: Location | null;
  status: string;
  error: string;
  question?: Question | null;
  retryable?: boolean;
  payload?: string;
  reactions?: Reaction[];
  edited?: boolean;
  reply_to?: Answered | null;
  answers?: string;
  form?: string;
  entities?: Mark[];
  waiting?: boolean;
  album?: string;
  topic?: number;
  sender?: string;
  deleted?: boolean;
  by_phone?: boolean;
}

/** A message in a list. `follows`: the message before is from the same sender; `joins`: it is of the same album. */
export type ListedMessage = Message & { follows: boolean; joins: boolean };

export interface MessageActions {
  isMine: (author: Author) => boolean;
  tap?: (message: string, button: number, card: number | null) => unknown;
  retry?: (message: string) => Promise<unknown>;
  withdraw?: ((message: string) => Promise<unknown>) | null;
  purge?: ((message: string) => unknown) | null;
  named?: boolean;
  react?: (message: Message, emoji: string) => unknown;
  more?: (message: Message) => HTMLElement | null;
}

/** How a simulator misbehaves: playground/misbehaviour.py. */
export interface Switches {
  api_status: number;
  api_retry_after: number | null;
  api_lost: boolean;
  webhook_duplicates: boolean;
  webhook_delay: number;
  webhook_reorder: boolean;
}

interface BaseView {
  service: string;
  title: string;
  side: Side;
  switches?: Switches;
}

export interface Person {
  id: string;
  name: string;
  avatar: string | null;
  subscribed: boolean;
  messages: Message[];
  actions?: BusinessAction[];
  business?: string;
  username?: string;
  phone?: string;
  visibility?: string;
  user_id?: string;
  online?: boolean;
  stopped_marketing?: boolean;
  window?: ReplyWindow | null;
}

/** How long the business may still write as it likes. */
export interface ReplyWindow {
  until: string;
  free_entry: boolean;
}

/** A message that the messenger has approved, or not. */
export interface Template {
  id: string;
  name: string;
  language: string;
  category: string;
  status: string;
}

/** What the business says that it does, such as "typing". */
export interface BusinessAction {
  action: string;
  topic: number;
}

/** A chat of several people. `bot` is what the business is there. */
export interface Group {
  id: string;
  name: string;
  kind: string;
  bot: string;
  members: string[];
  topics: { id: number; name: string }[];
  messages: Message[];
  actions: BusinessAction[];
}

/** A messenger with simulated phones. */
export interface PhoneView extends BaseView {
  account?: string;
  tools?: string[];
  reactions?: string[];
  groups?: Group[];
  people: Person[];
  templates?: Template[];
}

/** A messenger in the pages of a web site. */
export interface SiteView extends BaseView {
  site: { shop: string; page: string; another: string };
}

export interface Agent {
  id: string;
  name: string;
  avatar: string | null;
  online?: boolean;
  business?: string;
}

export interface ReplyChannel {
  id: string;
  title: string;
  active: boolean;
}

export interface Conversation {
  id: string;
  contact: { name: string; avatar: string | null };
  status: string;
  assigned_to: string;
  members?: string[];
  team?: string;
  business?: string;
  bot?: boolean;
  typing?: boolean;
  typing_agents?: string[];
  channels?: ReplyChannel[];
  messages: Message[];
}

export interface Channel {
  id: string;
  title: string;
  status: string;
  outbound?: boolean;
  address_type?: string;
}

export interface Room {
  id: string;
  name: string;
  online: boolean;
  open: boolean;
}

/** A switch of the platform's own. */
export interface Choice {
  action: string;
  title: string;
  value: string;
  options: { value: string; label: string }[];
}

export interface App {
  app: string;
  name: string;
  business: string;
  business_uid: string;
  installed: boolean;
  channel: string;
  install_url: string;
}

export interface WebhookLogEntry {
  app: string;
  channel: string;
  action: string;
  status: string;
  retry_index: number;
  reason: string;
  response_status_code: number | null;
  at: string;
  duration: number;
}

/** A platform's desk. */
export interface DeskView extends BaseView {
  agents: Agent[];
  conversations: Conversation[];
  modes?: string[];
  tools?: string[];
  offline_notice?: string;
  reopens?: boolean;
  reports_typing?: boolean;
  reports_reading?: boolean;
  switch?: Choice;
  channels?: Channel[];
  rooms?: Room[];
  pending?: number;
  complaints?: string[];
  complaint_count?: number;
  webhook_log?: WebhookLogEntry[];
  apps?: App[];
}

export type View = PhoneView | SiteView | DeskView;

// --- links and the trace ---------------------------------------------------------------------------------------------

export interface Connection {
  id: string;
  service: string;
  status: string;
}

export interface Links {
  messengers: (Connection & { link: string | null })[];
  platforms: Connection[];
}

export type LineKind = "webhook" | "queue" | "api" | "people";

/** A line of the trace: playground/trace.py. It ended at `at`. */
export interface TraceLine {
  id: number;
  at: string;
  kind: LineKind;
  mood: "good" | "warn" | "bad" | "quiet";
  service: string;
  title: string;
  note: string;
  status: number | null;
  milliseconds: number | null;
  details: Record<string, string | number | boolean | null>;
  event: string;
}

// --- what the page does ----------------------------------------------------------------------------------------------

/** The arguments of an action. */
export type Arguments = Record<string, string | number | boolean | null | undefined>;

/** What an action returns. */
export interface ActionResult {
  id?: string;
  person?: string;
  message?: string;
  conversation?: string;
}

/** A file as actions take it, its content in base64. */
export interface FileArguments {
  name: string;
  content_type: string;
  data: string;
  [name: string]: string;
}
