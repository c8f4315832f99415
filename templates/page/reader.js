(() => {
  const at = (id) => document.getElementById(id);
  at("print").addEventListener("click", () => window.print());

  const form = at("form");
  if (!form) { // an open page
    answering.begin(document, null);
    return;
  }

  const say = (text) => { at("said").textContent = text; };
  const bytes = (base64) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));

  // As seal/passphrase.py has it: lower case, words joined by single hyphens. Phones type other dashes and spaces too.
  const normalised = (typed) =>
    typed.toLowerCase().replace(/[^a-z]+/g, " ").trim().split(" ").join("-");

  async function opened(words) {
    const [header, payload] = at("sealed").textContent.split("\n");
    const head = JSON.parse(header);
    if (head.v !== 1) throw new Error("version");
    const base = await crypto.subtle.importKey("raw", new TextEncoder().encode(words), "PBKDF2", false, ["deriveBits"]);
    // One derivation for both uses: the key of this page, and what the key of a reply file is derived from (HKDF).
    // Neither can be taken out of the browser again.
    const bits = await crypto.subtle.deriveBits(
      { name: "PBKDF2", hash: "SHA-256", salt: bytes(head.salt), iterations: head.iterations }, base, 256);
    const key = await crypto.subtle.importKey("raw", bits, "AES-GCM", false, ["decrypt"]);
    const lock = await crypto.subtle.importKey("raw", bits, "HKDF", false, ["deriveKey"]);
    new Uint8Array(bits).fill(0);
    const plain = await crypto.subtle.decrypt(
      { name: "AES-GCM", iv: bytes(head.iv), additionalData: new TextEncoder().encode(header) }, key, bytes(payload));
    return { fragment: new TextDecoder().decode(plain), lock };
  }

  function working(on) {
    at("open").disabled = on;
    at("working").hidden = !on;
  }

  function show({ fragment, lock }) {
    at("words").value = "";
    at("opened").innerHTML = fragment; // our own page; the policy at the top stops any script in it
    at("locked").remove();
    at("opened").hidden = false;
    at("bar").hidden = false;
    answering.begin(at("opened"), lock);
    const heading = at("opened").querySelector("h1");
    document.title = heading.textContent;
    heading.tabIndex = -1;
    heading.focus();
    window.scrollTo(0, 0);
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const words = normalised(at("words").value);
    const count = words ? words.split("-").length : 0;
    if (count !== 7) {
      say(count ? `Det ska vara sju ord, men här står ${count}. Titta i brevet igen.` : "Skriv de sju orden först.");
      at("words").focus();
      return;
    }
    working(true);
    say("Öppnar. Det kan ta några sekunder.");
    await new Promise((resolve) => setTimeout(resolve, 50)); // let that be shown before the work begins
    let plain;
    try {
      plain = await opened(words);
    } catch {
      working(false);
      say("Det gick inte att öppna. Kontrollera orden: sju stycken, i samma ordning som i brevet. " +
          "Är de rätt kan filen ha skadats på vägen. Be då skolan om en ny.");
      at("words").focus();
      return;
    }
    show(plain);
  });

  if (!window.crypto || !window.crypto.subtle) {
    at("open").disabled = true;
    say("Den här webbläsaren kan inte öppna sidan. " +
        "Öppna PDF-filen i stället, med samma ord, små bokstäver och bindestreck mellan dem.");
  }
})();
