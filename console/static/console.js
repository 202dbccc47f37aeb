"use strict";
// Keeps an open page fresh: relative times, and the sections marked data-live when the server says
// that they changed. Without it the pages work as they are.
(() => {
  const NAMES = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
  const shown = new Map();
  let source = null;
  let stamp = document.body.dataset.stamp;

  function words(seconds) {
    const size = NAMES.find(([s]) => Math.abs(seconds) >= s);
    if (!size || Math.abs(seconds) < 5) return "just now";
    const amount = `${Math.floor(Math.abs(seconds) / size[0])} ${size[1]}`;
    return seconds > 0 ? `${amount} ago` : `in ${amount}`;
  }

  function tellTimes() {
    for (const time of document.querySelectorAll("time[data-relative]")) {
      time.title ||= time.textContent;
      const seconds = (Date.now() - Date.parse(time.dateTime)) / 1000;
      const text = "due" in time.dataset && seconds > -1 ? "due now" : words(seconds);
      if (time.textContent !== text) time.textContent = text;
    }
  }

  function remember(root) {
    for (const part of root.querySelectorAll("[data-live]")) shown.set(part.id, part.outerHTML);
  }

  function keep(from, to) {
    for (const field of from.querySelectorAll("input:not([type=hidden])")) {
      const twin = field.id && to.querySelector(`#${field.id}`);
      if (twin && field.value) twin.value = field.value;
    }
    for (const details of from.querySelectorAll("details")) {
      const twin = details.id && to.querySelector(`#${details.id}`);
      if (twin) twin.open = details.open;
    }
  }

  function replace(part, fresh) {
    const focused = part.contains(document.activeElement) ? document.activeElement : null;
    const caret = focused && "selectionStart" in focused ? focused.selectionStart : null;
    keep(part, fresh);
    part.replaceWith(fresh);
    const twin = focused && focused.id && document.getElementById(focused.id);
    if (!twin) return;
    twin.focus({ preventScroll: true });
    if (caret !== null) twin.setSelectionRange(caret, caret);
  }

  function show(page) {
    const ids = (root) => [...root.querySelectorAll("[data-live]")].map((p) => p.id).join();
    const html = new Map([...page.querySelectorAll("[data-live]")].map((p) => [p.id, p.outerHTML]));
    if (ids(page) !== ids(document)) {
      document.querySelector("main").replaceWith(document.adoptNode(page.querySelector("main")));
    } else {
      for (const [id, text] of html) {
        if (shown.get(id) === text) continue;
        replace(document.getElementById(id), document.adoptNode(page.getElementById(id)));
      }
    }
    for (const [id, text] of html) shown.set(id, text);
    if (document.title !== page.title) {
      document.title = page.title;
      document.getElementById("announcer").textContent = page.title;
    }
    tellTimes();
  }

  async function refresh() {
    const answer = await fetch(document.body.dataset.here || location.href, { headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    stamp = page.body.dataset.stamp;
    show(page);
  }

  function listen() {
    if (source) return;
    const query = new URLSearchParams({ stamp, incident: document.body.dataset.incident });
    const banner = document.getElementById("connection");
    source = new EventSource(`/events?${query}`);
    source.onopen = () => { banner.hidden = true; };
    source.onerror = () => { banner.hidden = false; };
    source.addEventListener("change", () => { refresh().catch(() => { banner.hidden = false; }); });
  }

  function mind() { // a hidden page gives its connection back: a browser has six for a site
    if (document.hidden) {
      source?.close();
      source = null;
    } else {
      listen();
      tellTimes();
    }
  }

  remember(document);
  tellTimes();
  setInterval(tellTimes, 1000);
  document.addEventListener("visibilitychange", mind);
  addEventListener("pagehide", () => { source?.close(); source = null; });
  addEventListener("pageshow", mind);
  mind();
})();
