"use strict";
// The review page: sends each choice at once and puts what comes back in its place. Keeps nothing by itself.
(() => {
  const at = (id) => document.getElementById(id);
  const grounds = Object.fromEntries(JSON.parse(at("grounds").textContent).map((each) => [each.id, each]));
  const said = at("said");
  const say = (text, bad) => { said.textContent = text; said.classList.toggle("wrong", Boolean(bad)); };
  const cards = () => [...document.querySelectorAll(".card")];
  const cardOf = (element) => element.closest(".card");
  let last = null; // ground and reason of the last masking, offered for the next
  let busy = false;

  // What was served of each part; a part is put anew only where it differs, so that an open form elsewhere stays.
  const served = new Map();
  const parts = (from) => [...from.querySelectorAll("[data-part]")];
  for (const part of parts(document)) served.set(part.id, part.outerHTML);

  function put(html) {
    const fresh = new DOMParser().parseFromString(html, "text/html");
    const focus = document.activeElement && document.activeElement.dataset.focus;
    for (const part of parts(fresh)) {
      const now = part.outerHTML;
      if (served.get(part.id) === now) continue;
      served.set(part.id, now);
      at(part.id).replaceWith(document.adoptNode(part));
    }
    mark();
    if (document.activeElement !== document.body) return;
    const again = focus && document.querySelector(`[data-focus="${CSS.escape(focus)}"]`);
    if (again) again.focus();
  }

  async function send(name, values) {
    if (busy) return null;
    busy = true;
    document.body.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(name, {
        method: "POST", cache: "no-store",
        headers: { "Content-Type": "application/json" }, body: JSON.stringify(values),
      });
      const text = await answer.text();
      if (answer.ok) {
        put(text);
        say(`Sparat kl. ${new Date().toLocaleTimeString("sv", { hour: "2-digit", minute: "2-digit" })}`);
        return "";
      }
      const refused = answer.status === 422 ? JSON.parse(text) : { message: "programmet har ett fel", hint: "läs in sidan igen" };
      return sentence(refused.message) + (refused.hint ? ` ${sentence(refused.hint)}` : "");
    } catch {
      return "Programmet svarar inte, så det sista valet är inte sparat. Allt före det är sparat. Starta sidan igen och fortsätt.";
    } finally {
      busy = false;
      document.body.removeAttribute("aria-busy");
    }
  }
  const sentence = (text) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

  async function choose(name, values, card) {
    const id = card && card.id;
    const wrong = await send(name, values);
    if (wrong) say(wrong, true);
    else if (id && document.activeElement === document.body) at(id).focus();
    return wrong;
  }
  const place = (card) => ({ term: Number(card.dataset.term), place: card.dataset.key });

  // Steps: one at a time, named in the address so that the browser's back button works.
  const steps = [...document.querySelectorAll(".step")];
  function mark() {
    const step = steps.find((each) => `#${each.dataset.name}` === location.hash) || steps[0];
    for (const each of steps) each.hidden = each !== step;
    document.querySelectorAll("#steps a").forEach((link) => {
      if (link.dataset.step === step.dataset.name) link.setAttribute("aria-current", "step");
      else link.removeAttribute("aria-current");
    });
    document.body.dataset.step = step.dataset.name;
  }
  function go(step) {
    if (document.body.dataset.step === step) { scrollTo(0, 0); return; }
    history.pushState(null, "", `#${step}`);
    mark();
    at(`h-${step}`).focus({ preventScroll: true });
    scrollTo(0, 0);
  }
  function visit(id) {
    go("granska");
    reach(at(id));
  }
  function reach(card) {
    card.scrollIntoView({ block: "center" });
    card.focus({ preventScroll: true });
  }
  function next() {
    if (document.body.dataset.step !== "granska") go("granska");
    const all = cards();
    const here = all.indexOf(cardOf(document.activeElement));
    const left = (card) => card.classList.contains("left");
    const found = all.slice(here + 1).find(left) || all.find(left);
    if (found) reach(found);
  }

  // The form of a masking: in its card, one at a time.
  function open(card, { whole, quote = "", from = -1, ground = "", reason = "", number = null }) {
    close();
    const form = at("mask-form").content.firstElementChild.cloneNode(true);
    form.dataset.number = number === null ? "" : String(number);
    form.dataset.whole = whole ? "ja" : "nej";
    card.querySelector(".slot").append(form);
    const box = form.querySelector("#mask-text");
    form.querySelector(".marking").hidden = whole;
    if (!whole) {
      box.value = card.querySelector(".text").textContent;
      marking(form, box);
      const start = from >= 0 ? from : quote ? box.value.indexOf(quote.replace(/\s+/g, " ")) : -1;
      if (start >= 0) box.setSelectionRange(start, start + quote.length);
      remark(form);
    }
    form.querySelector("[data-act=same]").hidden = !last;
    fill(form, ground, reason);
    form.scrollIntoView({ block: "nearest" });
    (whole || quote ? form.querySelector("select") : box).focus({ preventScroll: true });
  }
  function close(back) {
    const form = document.querySelector(".slot form");
    if (!form) return;
    const card = cardOf(form);
    form.remove();
    if (back) card.focus();
  }
  // The text can be gone through and marked but not changed: the caret is there for those who use the keyboard.
  function marking(form, box) {
    box.addEventListener("beforeinput", (event) => event.preventDefault());
    box.addEventListener("drop", (event) => event.preventDefault());
    for (const kind of ["select", "keyup", "mouseup"]) box.addEventListener(kind, () => remark(form));
  }
  // Whole words: half a word that is left behind tells the other half.
  const letter = (text, at) => /[\p{L}\p{M}\p{N}]/u.test(text.charAt(at));
  function marked(form) {
    const { value, selectionStart, selectionEnd } = form.querySelector("#mask-text");
    let [start, end] = [selectionStart, selectionEnd];
    while (start < end && !value.charAt(start).trim()) start += 1;
    while (end > start && !value.charAt(end - 1).trim()) end -= 1;
    if (start === end) return "";
    while (start > 0 && letter(value, start) && letter(value, start - 1)) start -= 1;
    while (end < value.length && letter(value, end - 1) && letter(value, end)) end += 1;
    return value.slice(start, end);
  }
  function remark(form) {
    const quote = marked(form);
    form.dataset.quote = quote || form.dataset.quote || "";
    form.querySelector("#mask-marked").textContent = form.dataset.quote
      ? `Det här tas bort: ”${form.dataset.quote}”` : "Inget är markerat än.";
  }
  function fill(form, ground, reason) {
    if (ground) form.elements.ground.value = ground;
    if (reason) form.elements.reason.value = reason;
    explain(form);
  }
  function explain(form) {
    const ground = grounds[form.elements.ground.value];
    const box = form.querySelector(".ground");
    box.hidden = !ground;
    if (!ground) return;
    box.querySelector(".paragraph").textContent = ground.paragraph;
    box.querySelector(".protects").textContent = `Skyddar: ${ground.protects}${ground.verified ? "" : " Ordalydelsen är inte kontrollerad; läs paragrafen först."}`;
    box.querySelector("legend").textContent = ground.question;
    const answer = form.elements.answer.value;
    const good = ground.open ? "ja" : "nej";
    box.querySelector(".leans").textContent = !answer
      ? (ground.open ? "Utgångspunkten är att uppgiften är offentlig: bara ett ja räcker." : "Utgångspunkten är att uppgiften är hemlig: bara ett nej räcker.")
      : answer === good ? "Då håller grunden." : "Då håller grunden inte, och uppgiften ska lämnas ut.";
  }
  function wrongIn(form, text, field) {
    const line = form.querySelector(".wrong");
    line.textContent = text;
    line.hidden = false;
    if (field) field.focus();
  }
  async function submit(form) {
    const { ground, reason, answer } = form.elements;
    const card = cardOf(form);
    const whole = form.dataset.form === "refuse" || form.dataset.whole === "ja";
    if (!whole && !form.dataset.quote) return wrongIn(form, "Markera först de ord som ska bort.", form.querySelector("#mask-text"));
    if (!ground.value) return wrongIn(form, "Välj en grund.", ground);
    if (!answer.value) return wrongIn(form, "Svara ja eller nej på frågan.", form.querySelector("[name=answer]"));
    if (!reason.value.trim()) return wrongIn(form, "Skriv ett skäl. Det trycks i beslutet.", reason);
    const values = { ground: ground.value, answer: answer.value === "ja", reason: reason.value.trim() };
    const replaces = form.dataset.number ? { replaces: Number(form.dataset.number) } : {};
    const wrong = form.dataset.form === "refuse"
      ? await choose("refuse", values)
      : await choose("mask", { ...place(card), ...values, ...replaces, text: whole ? "" : form.dataset.quote }, card);
    if (wrong) return wrongIn(form, wrong);
    if (form.dataset.form === "mask") last = { ground: values.ground, reason: values.reason };
    form.remove();
    if (card && document.activeElement === document.body) at(card.id).focus();
    return null;
  }

  // The last step: what takes a while says so, and what is refused stands beside the button.
  function stop(text) {
    at("release-wrong").textContent = text;
    at("release-wrong").hidden = !text;
  }
  async function finish(button, name, values, meanwhile) {
    if (busy) return;
    stop("");
    say(meanwhile);
    button.disabled = true;
    const wrong = await send(name, values);
    if (wrong === "") {
      const next = document.querySelector("#release .main:not(:disabled), #release a.button");
      if (next) next.focus();
      return;
    }
    button.disabled = false;
    button.focus();
    say("");
    stop(wrong);
  }

  const acts = {
    keep: (button, card) => choose("keep", place(card), card),
    "mask-all": (button, card) => open(card, { whole: true }),
    "mask-part": (button, card) => open(card, { whole: card.dataset.whole === "ja" }),
    "mask-proposal": (button, card) => open(card, { whole: card.dataset.whole === "ja", quote: button.dataset.quote }),
    aside: (button, card) => choose("put-aside", { ...place(card), proposal: button.dataset.proposal }, card),
    edit: (button, card) => {
      const { quote, ground, reason, number } = button.dataset;
      open(card, { whole: !quote, quote, ground, reason, number });
    },
    remove: (button, card) => choose("remove", { ...place(card), number: Number(button.dataset.number) }, card),
    also: (button, card) => {
      const other = at(button.dataset.card);
      const edit = card.querySelector(`[data-act=edit][data-number="${button.dataset.number}"]`).dataset;
      const quote = button.dataset.quote;
      reach(other);
      open(other, { whole: !quote, quote, ground: edit.ground, reason: edit.reason });
    },
    rest: async (button) => {
      const head = at(`d${button.dataset.term}-${button.dataset.group}`);
      const wrong = await choose("rest", { term: Number(button.dataset.term), group: Number(button.dataset.group) });
      if (!wrong && document.activeElement === document.body) { next(); if (document.activeElement === document.body) at(head.id).scrollIntoView({ block: "center" }); }
    },
    "take-back": () => choose("take-back", {}),
    sign: (button) => {
      const who = document.querySelector("[name=decider]:checked");
      if (!who) { stop("Välj vem som beslutar."); return; }
      finish(button, "sign", { person: who.value, seen: button.dataset.seen }, "Väntar på att du skriver lösenordet till din nyckel …");
    },
    release: (button) => finish(button, "release", {}, "Gör filerna och söker igenom dem …"),
    // The copies are others: their places too, so the whole page is read anew.
    again: async () => { if (!await choose("again", {})) location.reload(); },
    next,
    cancel: () => close(true),
    same: (button) => fill(button.form, last.ground, last.reason),
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-act]");
    if (button) { acts[button.dataset.act](button, cardOf(button)); return; }
    const link = event.target.closest("a[data-step], a[data-go]");
    if (!link) return;
    event.preventDefault();
    if (link.dataset.go) visit(link.dataset.go); else go(link.dataset.step);
  });
  document.addEventListener("submit", (event) => { event.preventDefault(); submit(event.target); });
  document.addEventListener("change", (event) => { if (event.target.form && event.target.form.classList.contains("masking")) explain(event.target.form); });

  // Words marked with the mouse in a text open the form with them.
  document.addEventListener("mouseup", (event) => {
    const text = event.target.closest && event.target.closest(".card .text");
    const chosen = getSelection();
    if (!text || chosen.isCollapsed || !cardOf(text).querySelector(".slot")) return;
    const range = chosen.getRangeAt(0);
    if (!text.contains(range.startContainer) || !text.contains(range.endContainer)) return;
    const before = document.createRange();
    before.selectNodeContents(text);
    before.setEnd(range.startContainer, range.startOffset);
    const card = cardOf(text);
    open(card, { whole: card.dataset.whole === "ja", quote: range.toString(), from: before.toString().length });
  });

  // Keys work on the place that has the focus, never in a field and never with a modifier.
  // "b" keeps what is open and never takes a mask away: that is a button of its own.
  const keys = {
    b: (card) => card.querySelector('[data-act="aside"][data-proposal=""]') || (card.querySelector(".maskings") ? null : card.querySelector("[data-act=keep]")),
    m: (card) => card.querySelector("[data-act=mask-all]"),
    d: (card) => card.querySelector("[data-act=mask-part]"),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    const form = event.target.closest(".slot form");
    if (event.key === "Escape" && form) { close(true); return; }
    if (form || event.target.closest("input, textarea, select")) return;
    const card = cardOf(event.target);
    if (card && keys[event.key]) {
      event.preventDefault();
      const button = keys[event.key](card);
      if (button) button.click();
    }
    else if (event.key === "n" && (card || event.target.id === "next")) { event.preventDefault(); next(); }
  });

  addEventListener("popstate", mark);
  mark();
})();
