// The page: a bar, the tour, three telephones.
// @ts-check

import { html, render, useState } from "./htm-preact.js";
import { Bar } from "./bar.js";
import { Phone } from "./phone.js";
import { Store } from "./store.js";
import { Tour } from "./tour.js";
import { load, say } from "./words.js";

const store = new Store();

function App() {
  const [tour, setTour] = useState(true);
  return html`
    <${Bar} key="bar" ...${{ store, tour, onTour: () => setTour(!tour) }} />
    ${tour && store.phones.length > 0 && html`<${Tour} key="tour" ...${{ store, close: () => setTour(false) }} />`}
    <nav key="tabs" class="tabs" aria-label=${say("phones")}>${store.phones.map((phone) => html`<button aria-current=${store.front === phone.key}
      onClick=${() => { store.front = phone.key; store.changed(); }}>${store.person(phone.person)?.name}</button>`)}</nav>
    <main key="phones" class="phones">
      ${store.phones.length === 0 && html`<p class="waiting" role="status">${say("waiting")}</p>`}
      ${store.phones.map((phone) => html`<${Phone} key=${phone.key} ...${{ store, phone }} />`)}
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
