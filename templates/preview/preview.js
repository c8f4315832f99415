"use strict";
(() => {
  const at = (id) => document.getElementById(id);
  const sheet = at("sheet"), list = at("list"), readers = at("readers"), seek = at("seek"), keys = at("keys");
  const known = document.body.dataset;
  const say = (text) => { at("said").textContent = text; };
  document.body.classList.add("scripted");
  let ended = false;

  // Ids only: an address may be seen, and no name stands in it. It remembers the choice, so that F5 keeps it.
  const chosen = () => ({ reader: known.reader, ...(known.pupil && { pupil: known.pupil }) });
  const width = () => sheet.className.slice(1);
  const query = (more) => new URLSearchParams({ ...chosen(), ...(width() && { width: width() }), ...more });
  const remember = () => history.replaceState(null, "", `?${query()}`);
  const links = () => [...readers.querySelectorAll("a")];
  const named = (link) => new URLSearchParams(link.search);
  const current = () => {
    const all = readers.querySelectorAll(`a[href*="reader=${CSS.escape(known.reader)}"]`);
    return [...all].find((link) => (named(link).get("pupil") || "") === known.pupil) || all[0];
  };

  // A new page is made ready behind the old one and takes its place, so that nothing flickers and the place is kept.
  // After a save the document of whoever's file it was comes into sight, unless it is there already.
  function show(keepPlace, whose) {
    sheet.querySelectorAll(".coming").forEach((waiting) => waiting.remove());
    const old = sheet.querySelector("iframe");
    if (!known.reader || document.querySelector("main > .nothing")) { if (old) old.remove(); return; }
    const coming = document.createElement("iframe");
    coming.className = "coming";
    coming.title = `Det som visas för: ${at("whom").textContent}`;
    coming.addEventListener("load", () => {
      const inside = coming.contentWindow;
      if (!coming.classList.contains("coming")) return;
      try {
        if (keepPlace && old) inside.scrollTo({ top: old.contentWindow.scrollY, behavior: "instant" });
        if (whose) reveal(inside);
        listen(coming);
      } catch { return; } // the browser's own page, when nobody answered: keep the old one
      const focused = old && document.activeElement === old;
      coming.classList.remove("coming");
      if (old) old.remove();
      if (focused) coming.focus();
    });
    coming.src = `page?${new URLSearchParams(chosen())}${known.pupil ? "#preview-place" : ""}`;
    sheet.append(coming);
  }

  function reveal(inside) {
    const place = inside.document.getElementById("preview-place");
    if (!place) return;
    const seen = place.closest("article").getBoundingClientRect();
    const margin = inside.innerHeight / 4;
    if (seen.bottom < margin || seen.top > inside.innerHeight - margin) place.scrollIntoView({ behavior: "instant" });
  }

  function listen(frame) {
    frame.contentWindow.addEventListener("keydown", pressed);
    frame.contentWindow.addEventListener("pointerdown", close);
  }

  function choose(link) {
    if (!link) return;
    known.reader = named(link).get("reader");
    known.pupil = named(link).get("pupil") || "";
    mark();
    remember();
    show(false);
  }

  // The chosen reader's own words in the list are what the closed list says, with the pupil and the class.
  function mark() {
    for (const each of readers.querySelectorAll("[aria-current]")) each.removeAttribute("aria-current");
    const link = current();
    if (!link) return;
    link.setAttribute("aria-current", "true");
    const role = link.querySelector("i");
    const name = document.createElement("b");
    name.textContent = link.firstChild.data.trim();
    const rest = document.createElement("i");
    if (known.pupil) {
      const [pupil, group] = above(link).map((one) => one.querySelector("summary").textContent);
      if (pupil !== name.textContent) rest.textContent = `· ${[pupil, group].join(", ")}`;
    }
    at("whom").replaceChildren(name, role ? `, ${role.textContent}` : "", rest.textContent ? " " : "", rest);
  }

  // The groups that something in the list stands in, the innermost first.
  function above(part) {
    const found = [];
    for (let one = part.parentElement.closest("#readers details"); one; one = one.parentElement.closest("#readers details"))
      found.push(one);
    return found;
  }

  function step(by) {
    const all = links();
    choose(all[all.indexOf(current()) + by]);
  }

  const widths = [...document.querySelectorAll("[data-width]")];
  function widen(button) {
    for (const each of widths) each.setAttribute("aria-pressed", String(each === button));
    sheet.className = `w${button.dataset.width}`;
    remember();
  }
  const now = () => widths.findIndex((each) => each.getAttribute("aria-pressed") === "true");

  // Searching: a name is found without its accents, in any case and script. A group is found by its own words and by
  // those of the groups around it, so that "2b mentor" finds one. Words count from their beginning, or, when nothing
  // begins so, wherever they stand.
  const SAME = { ø: "o", ł: "l", đ: "d", ð: "d", ħ: "h", ı: "i", ŋ: "n", ß: "ss", æ: "ae", œ: "oe", þ: "th", ς: "σ", ي: "ی", ى: "ی", ك: "ک" };
  const folded = (text) => text.normalize("NFKD").toLowerCase().replace(/[\p{M}\p{Cf}]/gu, "")
    .replace(/[øłđðħıŋßæœþςيىك]/g, (letter) => SAME[letter]).replace(/[^\p{L}\p{N}]+/gu, " ").trim();
  const MOST = 100, FEW = 5;
  let index = null, hits = [];

  function indexed(part, outside) {
    const own = new Set();
    return [...part.children].map((item) => {
      const first = item.firstElementChild, inner = first.localName === "details" ? first : null;
      const text = ` ${folded((inner ? inner.firstElementChild : item).textContent)}`;
      const reader = inner ? "" : named(first).get("reader");
      own.add(reader);
      return { item, inner, text, again: reader !== "" && outside.has(reader), parts: inner ? indexed(inner.lastElementChild, own) : [] };
    });
  }

  // Returns the outermost parts that are found; `missing` are the words that no group around them has. Staff who stand
  // under the class are found again under a pupil only where a word is the pupil's: `ours` says so.
  function matching(parts, missing, begin, ours) {
    return parts.flatMap((part) => {
      const left = missing.filter((word) => !part.text.includes(begin + word));
      const inside = part.inner ? matching(part.parts, left, begin, left.length < missing.length) : [];
      part.whole = !left.length && (ours || !part.again);
      part.found = part.whole || inside.length > 0;
      return part.whole ? [part] : inside;
    });
  }

  // Shows what is found. A class that is found stays folded, a pupil only among many.
  function unfold(parts, many, few) {
    for (const part of parts) {
      if (part.item.hidden === part.found) part.item.hidden = !part.found;
      if (!part.inner || !part.found) continue;
      part.inner.open = part.whole ? few && part.parts.every((one) => !one.inner) : !many;
      if (part.whole) showAll(part.parts);
      else unfold(part.parts, many, few);
    }
  }

  // Of a group that is found everything is there.
  function showAll(parts) {
    for (const part of parts) {
      part.item.hidden = false;
      showAll(part.parts);
    }
  }

  function search() {
    index = index || indexed(readers.firstElementChild, new Set());
    const words = folded(seek.value).split(" ").filter(Boolean);
    hits = [];
    if (!words.length) { unwind(); at("hits").textContent = ""; return; }
    hits = matching(index, words, " ", true);
    if (!hits.length) hits = matching(index, words, "", true);
    unfold(index, hits.length > MOST, hits.length <= FEW);
    const count = hits.length.toLocaleString("sv");
    at("hits").textContent = !hits.length ? "Ingen hittades." : hits.length > MOST ? `${count} träffar. Skriv mer.` : hits.length === 1 ? "1 träff." : `${count} träffar.`;
  }

  // Without a search everything is there, folded, but for where the chosen reader stands.
  function unwind() {
    for (const item of readers.querySelectorAll("li[hidden]")) item.hidden = false;
    for (const open of readers.querySelectorAll("details[open]")) open.open = false;
    const link = current();
    const shown = link ? above(link) : [];
    for (const group of shown) group.open = true;
    for (let only = readers.firstElementChild; only; ) {
      const groups = [...only.children].filter((item) => item.firstElementChild.localName === "details");
      if (groups.length !== 1) break;
      groups[0].firstElementChild.open = true;
      only = groups[0].firstElementChild.lastElementChild;
    }
    if (link && list.open) link.scrollIntoView({ block: "center", behavior: "instant" });
  }

  function open() {
    if (!readers.firstElementChild) return;
    if (list.open) { seek.focus(); seek.select(); return; }
    list.open = true;
    begin();
  }

  // At once, and not when the browser tells of it: the first letter may be typed before.
  let begun = false;
  function begin() {
    begun = true;
    if (seek.value) { seek.value = ""; search(); } else unwind();
    seek.focus();
  }

  function close() {
    if (!list.open) return;
    const inside = list.contains(document.activeElement);
    list.open = false;
    if (inside) at("chosen").focus();
  }

  list.addEventListener("toggle", () => {
    at("chosen").setAttribute("aria-expanded", String(list.open));
    if (!list.open) begun = false;
    else if (!begun) begin();
  });
  seek.addEventListener("input", search);
  readers.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    choose(link);
    close();
  });
  document.addEventListener("pointerdown", (event) => { if (!list.contains(event.target)) close(); });

  // In the list the arrows go up and down among what is seen, and open and close a group.
  list.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    const here = document.activeElement;
    const group = here.localName === "summary" && here !== at("chosen") ? here.parentElement : null;
    const does = {
      Escape: close,
      ArrowDown: () => { if (list.open) go(here, 1); else open(); },
      ArrowUp: () => go(here, -1),
      Enter: () => { if (hits.length) { choose(hits[0].item.querySelector("a")); close(); } },
      ArrowRight: () => { group.open = true; },
      ArrowLeft: () => { if (group && group.open) group.open = false; else (above(group || here)[0] || list).firstElementChild.focus(); },
    };
    const typing = here === seek;
    if (event.key === "Enter" && !(typing && seek.value.trim())) return;
    if (event.key === "ArrowRight" && !group) { if (!typing) event.preventDefault(), event.stopPropagation(); return; }
    if (event.key === "ArrowLeft" && (typing || here === at("chosen"))) { if (!typing) event.stopPropagation(); return; }
    if (!does[event.key] || (event.key === "ArrowUp" && typing)) return;
    event.preventDefault();
    event.stopPropagation();
    does[event.key]();
  });

  function go(here, by) {
    const seen = [seek, ...[...readers.querySelectorAll("summary, a")].filter((one) => one.checkVisibility())];
    const next = seen[Math.max(0, seen.indexOf(here)) + by];
    if (next) next.focus();
  }

  const help = () => (keys.open ? keys.close() : keys.showModal());

  const does = {
    s: open, "/": open,
    j: () => step(1), ArrowRight: () => step(1),
    k: () => step(-1), ArrowLeft: () => step(-1),
    w: () => widen(widths[(now() + 1) % widths.length]),
    r: () => refresh(),
    Escape: close,
    "?": help,
  };
  widths.forEach((button, number) => { does[String(number + 1)] = () => widen(button); });

  // Keys work in the frame and in the page; never in a field, never with a modifier, and behind the list of keys only "?".
  function pressed(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    if (event.target.closest && event.target.closest("input, textarea, select, [contenteditable]")) return;
    const run = does[event.key];
    if (!run || (keys.open && event.key !== "?") || (event.key === "Escape" && !list.open)) return;
    event.preventDefault();
    run();
  }

  // The frame is fetched anew: what is wrong is taken from it, the list of readers where it has changed, and whose page
  // to open when something of a pupil or a person was saved.
  async function refresh() {
    let fetched;
    const asked = query();
    try {
      const answer = await fetch(`?${query({ since: known.number, listed: known.listed })}`, { cache: "no-store" });
      if (!answer.ok) throw new Error(String(answer.status));
      fetched = new DOMParser().parseFromString(await answer.text(), "text/html");
    } catch { lost(); return; }
    const fresh = fetched.body.dataset;
    const problems = fetched.getElementById("problems").innerHTML;
    if (at("problems").innerHTML !== problems) at("problems").innerHTML = problems;
    if (fresh.listed !== known.listed) {
      readers.replaceChildren(...fetched.getElementById("readers").children);
      known.listed = fresh.listed;
      index = null;
      if (list.open) search();
    }
    document.querySelectorAll("main > .nothing").forEach((each) => each.remove());
    const nothing = fetched.querySelector("main > .nothing");
    if (nothing) at("stage").append(nothing);
    const same = String(query()) === String(asked); // else somebody chose another meanwhile
    const stays = !same || fresh.reader === known.reader;
    const moved = fresh.number !== known.number;
    known.number = fresh.number;
    if (same) {
      known.reader = fresh.reader;
      known.pupil = fresh.pupil;
      at("whom").replaceChildren(...fetched.getElementById("whom").childNodes);
      mark();
      remember();
    }
    show(stays, moved);
    say(`Uppdaterad ${new Date().toLocaleTimeString("sv")}`);
  }

  const lost = () => { ended = true; say("Förhandsvisningen svarar inte; den är kanske avslutad."); };

  at("back").addEventListener("click", () => step(-1));
  at("on").addEventListener("click", () => step(1));
  at("help").addEventListener("click", help);
  at("close").addEventListener("click", () => keys.close());
  for (const button of widths) button.addEventListener("click", () => widen(button));
  document.addEventListener("keydown", pressed);

  const events = new EventSource("events");
  events.addEventListener("message", (event) => { if (event.data !== known.number || ended) { ended = false; refresh(); } });
  events.addEventListener("error", lost);

  const first = sheet.querySelector("iframe");
  if (first) {
    first.addEventListener("load", () => listen(first));
    listen(first);
  }
  mark();
  remember();
})();
