"use strict";
// What a reader writes in the page: counted, judged as the school's files are, and made into a reply file. Drafts are
// in the fields and nowhere else: nothing is stored and nothing is sent. `iup/seal/reply.py` is the twin of `seal`.
const answering = (() => {
  const LONGEST_WORD = 500;
  // As iup/text/invisible.py and iup/model/base.py have them; what only says nothing the office drops.
  const DECEIVING = /[\0-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u206f\ufff9-\ufffb\ud800-\udfff\u{e0000}-\u{e00ff}\u{e01f0}-\u{e0fff}\p{Noncharacter_Code_Point}]/u;
  const FLAG = /\u{1f3f4}\u{e0067}\u{e0062}(?:\u{e0065}\u{e006e}\u{e0067}|\u{e0073}\u{e0063}\u{e0074}|\u{e0077}\u{e006c}\u{e0073})\u{e007f}/gu;
  const MARKER = /^[ \t]*(?:<{7}|>{7}|\|{7})(?: |$)/mu; // As iup/site/yaml_rules.py has it.
  const STACKED = /[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{4}/u;
  const UNBROKEN = /[^\s\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\ua4cf\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef\u{20000}-\u{3ffff}]+/gu;
  const spaced = (number) => String(number).replace(/\B(?=(\d{3})+$)/gu, " ");
  const utf8 = (text) => new TextEncoder().encode(text);
  const base64 = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  const random = (count) => crypto.getRandomValues(new Uint8Array(count));
  const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

  // As seal/padding.py.
  function padme(length) {
    if (length < 2) return length;
    const exponent = 31 - Math.clz32(length);
    const mask = 2 ** (exponent - (32 - Math.clz32(exponent))) - 1;
    return (length + mask) & ~mask;
  }

  async function seal(body, base, stem, iv) {
    const header = JSON.stringify({ v: 1, iup: "svar", to: stem, iv: base64(iv) });
    const key = await crypto.subtle.deriveKey(
      { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(0), info: utf8("iup/reply/1") },
      base, { name: "AES-GCM", length: 256 }, false, ["encrypt"]);
    const padded = new Uint8Array(padme(body.length + 16) - 16).fill(32);
    padded.set(body);
    const ciphertext = await crypto.subtle.encrypt(
      { name: "AES-GCM", iv, additionalData: utf8("iup svar 1\n" + header) }, key, padded);
    return header + "\n" + base64(new Uint8Array(ciphertext)) + "\n";
  }

  const value = (field) =>
    field.type === "checkbox" ? field.checked : field.value.replace(/\r\n?/g, "\n").trimEnd();

  function faultOf(field) {
    if (field.type === "checkbox") return "";
    const text = value(field);
    const hidden = DECEIVING.exec(text.replace(FLAG, ""));
    if (hidden) {
      const code = hidden[0].codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
      const word = (hidden.input.slice(0, hidden.index).match(/[\p{L}\p{M}\p{N}]+/gu) || []).pop();
      const where = word ? `efter ordet ”${word.slice(0, 40)}”` : "först i texten";
      return `Här står ett osynligt tecken som inte går att spara (U+${code}), ${where}. Ta bort det.`;
    }
    if (MARKER.test(text)) return "En rad börjar med sju tecken i rad (<, > eller |), som skolans program inte kan ta in. Ändra raden.";
    if (STACKED.test(text)) return "Ett tecken har fler accenter på varandra än något språk har.";
    const word = (text.match(UNBROKEN) || []).find((one) => [...one].length > LONGEST_WORD);
    if (word) return `Ett ord har ${[...word].length} tecken, högst ${LONGEST_WORD}. Dela det.`;
    const length = [...text].length;
    if (field.maxLength > 0 && length > field.maxLength) return `Texten har ${spaced(length)} tecken, högst ${spaced(field.maxLength)}. Korta den.`;
    if (field.name.endsWith("/pågående") && text && !/^\d{4}-\d{2}-\d{2}$/.test(text)) return "Skriv dagen så här: 2026-11-24.";
    return "";
  }

  function download(name, type, content) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([content], { type }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  }

  class Sheet {
    constructor(article, lock, school) {
      this.article = article;
      this.lock = lock; // the key that reply files are sealed under, where the page was opened with words
      this.school = school;
      this.fields = [...article.querySelectorAll("[data-place]")];
      this.first = new Map(this.fields.map((field) => [field, value(field)]));
      this.made = "";
      this.fields.forEach((field) => this.prepare(field));
      article.querySelector(lock ? ".by-words" : ".by-key").hidden = false;
      article.querySelector(".make").addEventListener("click", () => this.make());
      if (school) {
        article.querySelectorAll(".fingerprint").forEach((place) => {
          const parts = school.fingerprint.match(/.{4}/g);
          place.textContent = place.matches(".short") ? school.fingerprint : parts.join(" ");
        });
        article.querySelector(".save-key").addEventListener("click", () =>
          download("skolans-nyckel.gpg", "application/pgp-keys", Uint8Array.from(atob(school.key), (c) => c.charCodeAt(0))));
      }
    }

    prepare(field) {
      if (field.matches("textarea")) {
        // What a browser prints of a text box is what fits in it: the words themselves stand beside it on paper.
        const typed = document.createElement("div");
        typed.className = "typed";
        typed.setAttribute("aria-hidden", "true");
        field.after(typed);
      }
      field.addEventListener("input", () => this.tell(field));
      this.tell(field);
    }

    tell(field) {
      const place = document.getElementById(field.getAttribute("aria-describedby"));
      const fault = faultOf(field);
      field.setAttribute("aria-invalid", String(Boolean(fault)));
      if (field.maxLength > 0) {
        const left = field.maxLength - [...field.value].length;
        place.textContent = fault || `${left} tecken kvar av ${field.maxLength}.`;
      } else {
        place.textContent = fault;
      }
      place.classList.toggle("wrong", Boolean(fault));
      if (field.matches("textarea")) {
        field.nextElementSibling.textContent = field.value;
        field.style.height = "auto";
        if (field.scrollHeight) field.style.height = `${field.scrollHeight + 4}px`;
      }
    }

    values() {
      const changed = this.fields.filter((field) => value(field) !== this.first.get(field));
      return Object.fromEntries(changed.map((field) => [field.name, value(field)]).sort(([a], [b]) => (a < b ? -1 : 1)));
    }

    get unsaved() {
      const now = JSON.stringify(this.values());
      return now !== "{}" && now !== this.made;
    }

    say(text, wrong = false) {
      const told = this.article.querySelector(".told");
      told.textContent = text;
      told.classList.toggle("wrong", wrong);
    }

    complain(field, text) {
      const folded = field.closest("details");
      if (folded) folded.open = true;
      this.say(text, true);
      field.focus();
    }

    async make() {
      const wrong = this.fields.find((field) => faultOf(field));
      if (wrong) return this.complain(wrong, `Svarsfilen är inte gjord. ${faultOf(wrong)}`);
      const values = this.values();
      if (!Object.keys(values).length) {
        return this.say("Du har inte skrivit något ännu. Fyll i ett gult fält först.", true);
      }
      if (values["nytt_mål/ämne"] && !values["nytt_mål"]) {
        const goal = this.fields.find((field) => field.name === "nytt_mål");
        return this.complain(goal, "Svarsfilen är inte gjord. Du har valt ett ämne; skriv också målet.");
      }
      const ticket = this.article.dataset.ticket;
      if (!ticket || ticket.startsWith("{")) {
        return this.say("Det här är en förhandsvisning, så här görs ingen svarsfil.", true);
      }
      const id = hex(random(16));
      const body = JSON.stringify({ id, made: new Date().toISOString(), ticket, v: 1, values });
      const name = `svar-${id.slice(0, 12)}`;
      if (this.lock) {
        const sealed = await seal(utf8(body), this.lock, this.article.dataset.to, random(12));
        download(`${name}.iup`, "application/octet-stream", sealed);
        this.say(`Svarsfilen ${name}.iup är gjord och ligger bland dina hämtade filer. Den är inte skickad än: skicka den till skolan.`);
      } else {
        download(`${name}.json`, "application/json", body);
        this.say(`Svarsfilen ${name}.json är gjord. Den är inte låst: signera och kryptera den innan du skickar den.`);
      }
      this.made = JSON.stringify(values);
      return undefined;
    }
  }

  function begin(root, lock) {
    const known = document.getElementById("school");
    const school = known ? JSON.parse(known.textContent) : null;
    const sheets = [...root.querySelectorAll("article[data-ticket]")].map((article) => new Sheet(article, lock, school));
    window.addEventListener("beforeunload", (event) => {
      if (sheets.some((sheet) => sheet.unsaved)) event.preventDefault();
    });
    root.addEventListener("toggle", (event) => {
      event.target.querySelectorAll("textarea").forEach((field) => field.dispatchEvent(new Event("input")));
    }, true);
  }

  return { begin, seal, padme };
})();
