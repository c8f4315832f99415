"use strict";
(() => {
  const at = (id) => document.getElementById(id);
  const sheet = at("sheet");
  const choice = at("reader");
  const keys = at("keys");
  const say = (text) => { at("said").textContent = text; };
  let shown = document.body.dataset.number;
  let ended = false;

  // The address remembers the choice, so that F5 keeps it.
  const query = () => new URLSearchParams({ reader: choice.value, width: sheet.className.slice(1) });
  const remember = () => history.replaceState(null, "", `?${query()}`);

  // A new page is made ready behind the old one and takes its place, so that nothing flickers and the place is kept.
  function show(keepPlace) {
    sheet.querySelectorAll(".coming").forEach((waiting) => waiting.remove());
    const old = sheet.querySelector("iframe");
    if (!choice.value || document.querySelector("main > .nothing")) { if (old) old.remove(); return; }
    const coming = document.createElement("iframe");
    coming.className = "coming";
    coming.title = `Sidan som ${choice.selectedOptions[0].textContent} får`;
    coming.addEventListener("load", () => {
      const inside = coming.contentWindow;
      if (!coming.classList.contains("coming")) return;
      try {
        if (keepPlace && old) inside.scrollTo({ top: old.contentWindow.scrollY, behavior: "instant" });
        inside.addEventListener("keydown", pressed);
      } catch { return; } // the browser's own page, when nobody answered: keep the old one
      const focused = old && document.activeElement === old;
      coming.classList.remove("coming");
      if (old) old.remove();
      if (focused) coming.focus();
    });
    coming.src = `page?${new URLSearchParams({ reader: choice.value })}`;
    sheet.append(coming);
  }

  function step(by) {
    const next = choice.selectedIndex + by;
    if (next < 0 || next >= choice.options.length) return;
    choice.selectedIndex = next;
    choose();
  }

  function choose() { remember(); show(false); }

  const widths = [...document.querySelectorAll("[data-width]")];
  function widen(button) {
    for (const each of widths) each.setAttribute("aria-pressed", String(each === button));
    sheet.className = `w${button.dataset.width}`;
    remember();
  }
  const now = () => widths.findIndex((each) => each.getAttribute("aria-pressed") === "true");

  const help = () => (keys.open ? keys.close() : keys.showModal());

  const does = {
    j: () => step(1), ArrowRight: () => step(1),
    k: () => step(-1), ArrowLeft: () => step(-1),
    w: () => widen(widths[(now() + 1) % widths.length]),
    r: () => refresh(),
    "?": help,
  };
  widths.forEach((button, number) => { does[String(number + 1)] = () => widen(button); });

  // Keys work in the frame and in the page; never in a field, never with a modifier, and behind the list of keys only "?".
  function pressed(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    if (event.target.closest && event.target.closest("input, textarea, select, [contenteditable]")) return;
    const run = does[event.key];
    if (!run || (keys.open && event.key !== "?")) return;
    event.preventDefault();
    run();
  }

  // The frame is fetched anew and its list of readers and problems taken from it; the choice stays.
  async function refresh() {
    let fetched;
    try {
      const answer = await fetch(`?${query()}`, { cache: "no-store" });
      if (!answer.ok) throw new Error(String(answer.status));
      fetched = new DOMParser().parseFromString(await answer.text(), "text/html");
    } catch { lost(); return; }
    const chosen = choice.value;
    for (const id of ["reader", "problems"]) {
      const fresh = fetched.getElementById(id).innerHTML;
      if (at(id).innerHTML !== fresh && !(id === "reader" && fresh === listed)) at(id).innerHTML = fresh;
      if (id === "reader") listed = fresh;
    }
    if (chosen) choice.value = chosen;
    document.querySelectorAll(".nothing").forEach((each) => each.remove());
    const nothing = fetched.querySelector("main > .nothing");
    if (nothing) at("stage").append(nothing);
    shown = fetched.body.dataset.number;
    document.body.dataset.number = shown;
    show(true);
    say(`Uppdaterad ${new Date().toLocaleTimeString("sv")}`);
  }
  let listed = choice.innerHTML;

  const lost = () => { ended = true; say("Förhandsvisningen svarar inte; den är kanske avslutad."); };

  choice.addEventListener("change", choose);
  at("back").addEventListener("click", () => step(-1));
  at("on").addEventListener("click", () => step(1));
  at("help").addEventListener("click", help);
  at("close").addEventListener("click", () => keys.close());
  for (const button of widths) button.addEventListener("click", () => widen(button));
  document.addEventListener("keydown", pressed);

  const events = new EventSource("events");
  events.addEventListener("message", (event) => { if (event.data !== shown || ended) { ended = false; refresh(); } });
  events.addEventListener("error", lost);

  show(false);
})();
