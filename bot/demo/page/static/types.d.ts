// What the server tells the page: see bot/demo/page/view.py.

export type Language = "kk" | "ru" | "en";

export interface Person {
  id: number; name: string; language: string;
  started: boolean; blocked: boolean; deactivated: boolean;
}

export interface Topic { id: number; name: string; icon: string | null; color: string; closed: boolean }

export interface Group {
  id: number; title: string; forum: boolean; deleted: boolean; bot: string | null; rights: string[];
  members: { id: number; status: string }[]; topics: Topic[];
}

export interface Button { text: string; does: "tap" | "link" | "copy"; value?: string }

export interface Entity { type: string; offset: number; length: number; url?: string }

export interface Message {
  id: number; from: number; name: string; at: number; thread: number | null; kind: string; text: string;
  entities: Entity[]; service: boolean; edited: boolean; protected: boolean; buttons: Button[][];
  reactions: { from: number; emoji: string }[]; reply?: { id: number; name: string; text: string };
  what: Record<string, any>;
}

export interface Chat {
  messages: Message[]; pinned: number[]; keyboard: { text: string }[][] | null; typing: boolean;
}

export interface Notice { title: string; topic: string | null; text: string; at: number }

export interface Refusal { number: number; at: number; method: string; words: string }

/** A call outside Telegram: when it was taken or first tried, and how long the case had waited. */
export interface Call {
  id: string; case: string; region: string; rung: string; minutes: number; tries: number; at: number; accepted: boolean;
}

export interface Bot {
  id: number; name: string; description: Record<string, string>;
  commands: Record<string, { command: string; description: string }[]>;
}

export interface Show {
  stage: "starting" | "ready" | "failed"; running: boolean; listening: boolean; why: string;
  crowd: { wrote: number; shown: number };
  cast: Record<string, number>; regions: { id: string; name: Record<string, string> }[];
}

export type Do = { on: string } & Record<string, any>;

export interface Step {
  phone: string; title: Record<Language, string>; text: Record<Language, string>; do: Do[];
  done: { on: string; sees: string[]; kind?: string };
}

export interface Parts {
  people?: { all: Person[] }; groups?: { all: Group[]; migrated: Record<string, number> }; bot?: Bot; clock?: { offset: number };
  trouble?: { down: boolean; flood: boolean; gateway: boolean }; refused?: { count: number; last: Refusal[] }; show?: Show; tour?: { steps: Step[] };
  outside?: { calls: Call[] };
  [name: string]: any;
}

/** One telephone on the page: who holds it and what is open on it. */
export interface Phone {
  key: number; person: number; chat: number; topic: number | null; locked: number | null; draft: string;
  editing: number | null; reply: number | null; menu: string | null; picked: number | null;
  toast: { text: string; alert: boolean; wrong: boolean; lang: string } | null;
  /** The button whose answer is waited for. */
  busy: string | null;
}
