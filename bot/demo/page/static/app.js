// The page: a bar, the tour, three telephones, and a fourth one when somebody is called outside Telegram.
// @ts-check

import { html, render, useState } from "./htm-preact.js";
import { Bar } from "./bar.js";
import { OUTSIDE, Outside } from "./outside.js";
import { Phone } from "./phone.js";
import { GENERAL, Store } from "./store.js";
import { Tour } from "./tour.js";
import { load, say } from "./words.js";

const store = new Store();

/** How much of it somebody has not read, in all chats. @param {import("./types").Phone} phone */
function unread(phone) {
  const chats = [{ id: phone.person, topics: [null] }, ...store.groupsOf(phone.person).map((group) => (
    { id: group.id, topics: group.forum ? [GENERAL, ...group.topics.map((topic) => topic.id)] : [null] }))];
  return chats.flatMap((chat) => chat.topics.map((topic) => store.unread(phone.person, chat.id, topic)))
    .reduce((sum, one) => sum + one, 0);
}

function App() {
  const [tour, setTour] = useState(true);
  const outside = (store.parts.outside?.calls.length ?? 0) > 0;
  return html`
    <${Bar} key="bar" ...${{ store, tour, onTour: () => setTour(!tour) }} />
    ${tour && store.phones.length > 0 && html`<${Tour} key="tour" ...${{ store, close: () => setTour(false) }} />`}
    <nav key="tabs" class="tabs" aria-label=${say("phones")}>${store.phones.map((phone) => html`<button aria-current=${store.front === phone.key}
      onClick=${() => { store.front = phone.key; store.changed(); }}>${store.person(phone.person)?.name}
      ${store.front !== phone.key && unread(phone) > 0 && html`<em>${unread(phone)}</em>`}</button>`)}
      ${outside && html`<button key="outside" aria-current=${store.front === OUTSIDE}
        onClick=${() => { store.front = OUTSIDE; store.changed(); }}>📟 ${say("outside")}</button>`}</nav>
    <main key="phones" class="phones" inert=${!store.connected}>
      ${store.phones.length === 0 && html`<p class="waiting" role="status">${say("waiting")}</p>`}
      ${store.phones.map((phone) => html`<${Phone} key=${phone.key} ...${{ store, phone }} />`)}
      ${outside && html`<${Outside} key="outside" ...${{ store }} />`}
    </main>`;
}

const root = /** @type {HTMLElement} */ (document.getElementById("page"));
let drawing = false;
store.changed = () => {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    render(html`<${App} />`, root);
  });
};
await load();
store.connect();
store.changed();
