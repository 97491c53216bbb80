// What the page knows, and its way to the server.
// @ts-check

import { say, spoken } from "./words.js";

/** @typedef {import("./types").Parts} Parts */
/** @typedef {import("./types").Phone} Phone */
/** @typedef {import("./types").Chat} Chat */
/** @typedef {import("./types").Group} Group */
/** @typedef {import("./types").Person} Person */
/** @typedef {import("./types").Message} Message */

const AGAIN = 700;
const TOAST = 4500;
const PATIENCE = 30000;
const KEPT = `senim.read.${location.pathname}`;
export const GENERAL = 1;

export class Store {
  constructor() {
    /** @type {Parts} */
    this.parts = {};
    /** Milliseconds by which the sandbox's clock is ahead of the browser's. */
    this.ahead = 0;
    this.connected = false;
    /** @type {Phone[]} */
    this.phones = [];
    /** The telephone that a narrow screen shows. */
    this.front = 0;
    /** The newest message that somebody has seen, by person, chat and topic; kept over a reload.
     * @type {Map<string, number>} */
    this.read = new Map(JSON.parse(sessionStorage.getItem(KEPT) ?? "[]"));
    /** What is typed and not sent, by telephone, chat and topic. @type {Map<string, string>} */
    this.drafts = new Map();
    /** Pictures that the browser cannot show. @type {Set<string>} */
    this.broken = new Set();
    /** @type {() => void} */
    this.changed = () => {};
    /** @type {Map<number, (answer: any) => void>} */
    this.waiting = new Map();
    this.number = 0;
    this.opened = false;
    /** How far the tour is; kept over a reload. */
    this.step = Number(sessionStorage.getItem(`${KEPT}.step`) ?? 0);
    /** @type {WebSocket | null} */
    this.socket = null;
  }

  connect() {
    const socket = new WebSocket(new URL("live", location.href.replace(/^http/, "ws")));
    socket.onmessage = (event) => this.hear(JSON.parse(event.data));
    socket.onopen = () => {
      this.connected = true;
      this.parts = {};
      this.changed();
    };
    socket.onclose = () => {
      this.connected = false;
      for (const answer of this.waiting.values()) answer({ impossible: "" });
      this.waiting.clear();
      this.changed();
      setTimeout(() => this.connect(), AGAIN);
    };
    this.socket = socket;
  }

  /** @param {any} told */
  hear(told) {
    if ("answer" in told) {
      this.waiting.get(told.answer)?.(told);
      this.waiting.delete(told.answer);
      return;
    }
    this.ahead = told.time - Date.now();
    Object.assign(this.parts, told.parts);
    for (const name of told.gone) delete this.parts[name];
    if (this.phones.length === 0 && this.show?.cast.teen) this.lay();
    this.openDesk();
    for (const phone of this.phones) this.settle(phone);
    this.changed();
  }

  /** The three telephones that stand there at first. */
  lay() {
    const cast = /** @type {import("./types").Show} */ (this.show).cast;
    for (const person of [cast.teen, cast.parent, cast.operator]) this.give(person);
    this.front = 0;
  }

  /** One more telephone. @param {number} person */
  give(person) {
    const key = Math.max(-1, ...this.phones.map((phone) => phone.key)) + 1;
    this.phones.push({
      key, person, chat: person, topic: null, locked: null, draft: "", editing: null, reply: null, menu: null,
      picked: null, toast: null, busy: null,
    });
    this.front = key;
    this.changed();
  }

  /** One telephone less. @param {Phone} phone */
  take(phone) {
    this.phones = this.phones.filter((one) => one !== phone);
    if (this.front === phone.key) this.front = 0;
    this.changed();
  }

  /** A group that got another id is followed; one that is gone, or a topic, is left. @param {Phone} phone */
  settle(phone) {
    if (phone.chat >= 0) return;
    const now = this.parts.groups?.migrated[phone.chat];
    if (now) phone.chat = now;
    const group = this.groupsOf(phone.person).find((one) => one.id === phone.chat);
    if (!group) this.open(phone, phone.person, null);
    else if (phone.topic !== null && phone.topic !== GENERAL && !group.topics.some((one) => one.id === phone.topic))
      this.open(phone, phone.chat, GENERAL);
  }

  /** The operator's telephone opens the group as soon as there is one. */
  openDesk() {
    const cast = this.show?.cast;
    const phone = this.phones.find((one) => one.person === cast?.operator && one.chat === cast.operator);
    if (!cast?.group || !phone || this.opened || !this.groupsOf(phone.person).length) return;
    this.opened = true;
    this.open(phone, cast.group, GENERAL);
  }

  /** @param {number} step */
  walk(step) {
    this.step = step;
    sessionStorage.setItem(`${KEPT}.step`, String(step));
    this.changed();
  }

  get show() {
    return this.parts.show;
  }

  /** @returns {number} Unix milliseconds on everybody's clock. */
  now() {
    return Date.now() + this.ahead;
  }

  /** @param {number} id @returns {Person | undefined} */
  person(id) {
    return this.parts.people?.all.find((one) => one.id === id);
  }

  /** @param {number} id @returns {Group | undefined} */
  group(id) {
    return this.parts.groups?.all.find((one) => one.id === id);
  }

  /** @param {number} id @returns {Chat} */
  chat(id) {
    return this.parts[`chat/${id}`] ?? { messages: [], pinned: [], keyboard: null, typing: false };
  }

  /** Groups that somebody is in. @param {number} person */
  groupsOf(person) {
    const all = this.parts.groups?.all ?? [];
    return all.filter((group) => !group.deleted && group.members.some((member) => member.id === person));
  }

  /** What stands in a chat, or in one topic of it. @param {number} chat @param {number | null} topic */
  messages(chat, topic) {
    const all = this.chat(chat).messages;
    if (topic === null || !this.group(chat)?.forum) return all;
    return all.filter((message) => (message.thread ?? GENERAL) === topic);
  }

  /** @param {number} person @param {number} chat @param {number | null} topic */
  unread(person, chat, topic) {
    const last = this.read.get(`${person}/${chat}/${topic}`) ?? 0;
    return this.messages(chat, topic).filter((one) => one.id > last && one.from !== person && !one.service).length;
  }

  /** @param {number} person @param {number} chat @param {number | null} topic */
  seen(person, chat, topic) {
    const newest = this.messages(chat, topic).at(-1)?.id ?? 0;
    const name = `${person}/${chat}/${topic}`;
    if (this.read.get(name) === newest) return;
    this.read.set(name, newest);
    sessionStorage.setItem(KEPT, JSON.stringify([...this.read]));
  }

  /** Sends an order; resolves with what came of it. @param {Record<string, any>} order @returns {Promise<any>} */
  order(order) {
    if (this.socket?.readyState !== WebSocket.OPEN) return Promise.resolve({ impossible: "" });
    const number = ++this.number;
    const answered = new Promise((resolve) => {
      this.waiting.set(number, resolve);
      setTimeout(() => resolve({ impossible: "" }), PATIENCE);
    });
    this.socket.send(JSON.stringify({ ...order, number }));
    return answered;
  }

  /** An order of somebody's: a toast or the reason why not appears on her telephone.
   * @param {Phone} phone @param {Record<string, any>} order */
  async act(phone, order) {
    const answer = await this.order({ phone: phone.person, chat: phone.chat, ...order });
    const done = answer.done ?? {};
    if (answer.impossible) this.toast(phone, answer.impossible, { wrong: true, lang: "en" });
    else if (answer.impossible === "") this.toast(phone, say("people.slow"), { wrong: true });
    else if (done.toast) this.toast(phone, done.toast, { alert: Boolean(done.alert), lang: this.person(phone.person)?.language });
    return answer;
  }

  /** In the page's language when no other is named.
   * @param {Phone} phone @param {string} text @param {{ alert?: boolean, wrong?: boolean, lang?: string }} how */
  toast(phone, text, { alert = false, wrong = false, lang = spoken() } = {}) {
    const toast = { text, alert, wrong, lang };
    phone.toast = toast;
    this.changed();
    if (!alert) setTimeout(() => this.clear(phone, toast), TOAST);
  }

  /** @param {Phone} phone @param {Phone["toast"]} toast */
  clear(phone, toast) {
    if (phone.toast !== toast) return;
    phone.toast = null;
    this.changed();
  }

  /** @param {Phone} phone @param {Partial<Phone>} now */
  set(phone, now) {
    Object.assign(phone, now);
    this.changed();
  }

  /** As `set`, and what is typed next goes into her line. @param {Phone} phone @param {Partial<Phone>} now */
  write(phone, now) {
    this.set(phone, now);
    const line = document.querySelector(`[data-phone="${phone.key}"] textarea`);
    if (line instanceof HTMLElement) line.focus();
  }

  /** @param {Phone} phone @param {number} chat @param {number | null} topic */
  open(phone, chat, topic) {
    const place = () => `${phone.key}/${phone.person}/${phone.chat}/${phone.topic}`;
    this.drafts.set(place(), phone.editing ? "" : phone.draft);
    this.set(phone, { chat, topic, editing: null, reply: null, menu: null, picked: null });
    phone.draft = this.drafts.get(place()) ?? "";
  }
}
