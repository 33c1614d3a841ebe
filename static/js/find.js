// Finding: the palette of Ctrl-K, and fingerprints of tokens' values, which never leave the browser. Also: printing.
// A convenience like patrol.js: without it /find/ works, only the field for a value is not offered.
(function () {
  "use strict";
  const one = (selector, root) => (root || document).querySelector(selector);
  const palette = document.getElementById("palette");
  const input = document.getElementById("palette-input");
  const list = document.getElementById("palette-list");

  // --- Values of tokens. The patterns are those of apps/core/redaction.py.
  const SECRET = /\b(?:gh[pousr]_|github_pat_)[A-Za-z0-9_.]{16,}|\b[0-9a-f]{40}\b/;
  const canHash = Boolean(window.crypto && crypto.subtle); // browsers offer it over https and on this machine only

  async function fingerprint(value) {
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(value));
    return btoa(String.fromCharCode(...new Uint8Array(digest)));
  }

  // Goes to the page about a value with its fingerprint alone; where it cannot be made, to the field that says so.
  async function findValue(address, value) {
    const query = canHash ? "?hash=" + encodeURIComponent(await fingerprint(value)) : "#value";
    location.assign(address + query);
  }

  function offerFingerprints() {
    for (const form of document.querySelectorAll("form[data-fingerprint]")) {
      form.hidden = !canHash;
      const instead = one("[data-fingerprint-not]", form.parentElement);
      if (instead) instead.hidden = canHash;
    }
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.matches("form[data-fingerprint]")) {
      event.preventDefault();
      const field = one("[data-fingerprint-value]", form), value = field.value.trim();
      field.value = "";
      if (value) findValue(form.action, value);
      else field.focus();
      return;
    }
    if (!form.matches("form[data-find]")) return;
    const secret = form.elements.q.value.match(SECRET);
    const option = form.contains(input) && active();
    if (secret || option) event.preventDefault();
    if (secret) {
      form.elements.q.value = "";
      findValue(form.action, secret[0]);
    } else if (option) follow(option);
  }, true);

  // Typed or pasted into a search: it does not go to the server, not even to ask what it is.
  document.addEventListener("htmx:configRequest", (event) => {
    const form = event.target.closest && event.target.closest("form[data-find]");
    if (form && SECRET.test(form.elements.q.value)) event.preventDefault();
  });

  // --- Credentials in a field that is pasted into: blacked out at once, so that none is sent.
  const BLACK = "***";
  const PLACES = [
    [/(?:gh[pousr]_|github_pat_)[\w.-]+/g, BLACK],
    [/\beyJ[\w.-]{6,}/g, BLACK],
    [/\b[0-9a-fA-F]{40}\b/g, BLACK],
    [/(authorization["']?\s*[:=]\s*["']?)(?:(?:bearer|token|basic)\s+)?[^\s"'\\]+/gi, "$1" + BLACK],
    [/((?:^|\s)(?:-u|--user)[\s=]*)(?:"[^"]*"|'[^']*'|[^\s"']+)/g, "$1" + BLACK],
    [/(:\/\/)[^/\s@"']+@/g, "$1" + BLACK + "@"],
    [/((?:token|secret|password|passwd|private_key)["']?\s*[:=]\s*)(?!\$\{\{)(?:"[^"]*"|'[^']*'|[^\s"'&]+)/gi, "$1" + BLACK],
  ];

  function blackOut(field) {
    const black = PLACES.reduce((text, [place, instead]) => text.replace(place, instead), field.value);
    if (black === field.value) return;
    field.value = black;
    const told = one("[data-redacted]", field.form);
    if (told) told.hidden = false;
  }

  // Not at every key: what is typed may look like the beginning of one. Pasted, left or submitted it is whole.
  document.addEventListener("paste", (event) => {
    const field = event.target;
    if (field.matches && field.matches("textarea[data-redact]")) setTimeout(() => blackOut(field), 0);
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("textarea[data-redact]")) blackOut(event.target);
  });
  document.addEventListener("submit", (event) => {
    for (const field of event.target.querySelectorAll("textarea[data-redact]")) blackOut(field);
  }, true);

  // --- The palette: https://www.w3.org/WAI/ARIA/apg/patterns/combobox/
  const options = () => Array.from(list.querySelectorAll("[role=option]"));
  const active = () => document.getElementById(input.getAttribute("aria-activedescendant") || "");

  function choose(option) {
    for (const other of options()) other.setAttribute("aria-selected", String(other === option));
    if (!option) input.removeAttribute("aria-activedescendant");
    else {
      input.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    }
  }

  function move(by) {
    const all = options(), at = all.indexOf(active());
    if (!all.length) return;
    choose(all[at < 0 ? (by > 0 ? 0 : all.length - 1) : (at + by + all.length) % all.length]);
  }

  function follow(option) {
    const href = option.dataset.href || "";
    if (href.startsWith("/") && !href.startsWith("//")) location.assign(href);
  }

  function open() {
    if (!palette || typeof palette.showModal !== "function") return false;
    for (const other of document.querySelectorAll("dialog[open]")) if (other !== palette) other.close();
    if (!palette.open) palette.showModal();
    input.focus();
    input.select();
    htmx.trigger(input.form, "palette:open");
    return true;
  }

  const KEYS = {
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    Home: () => choose(options()[0]),
    End: () => choose(options().at(-1)),
  };

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || !palette) return;
    const command = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
    if (command && event.key.toLowerCase() === "k") {
      if (palette.open) palette.close();
      else if (!open()) return;
      event.preventDefault();
    } else if (event.target === input && KEYS[event.key] && !command && !event.shiftKey) {
      const moves = event.key === "ArrowDown" || event.key === "ArrowUp";
      if (!moves && !active()) return; // then they move in the text
      KEYS[event.key]();
      event.preventDefault();
    }
  });

  document.addEventListener("click", (event) => {
    const option = event.target.closest("#palette-list [role=option]");
    if (option) follow(option);
    const plain = !event.ctrlKey && !event.metaKey && !event.shiftKey;
    if (plain && event.target.closest("[data-palette-open]") && open()) event.preventDefault();
    if (event.target.closest("[data-print]")) window.print();
  });

  // Paper is light.
  const shown = document.documentElement.dataset, mode = shown.colorMode;
  window.addEventListener("beforeprint", () => { shown.colorMode = "light"; });
  window.addEventListener("afterprint", () => { shown.colorMode = mode; });

  if (palette) {
    // What was typed decides: the first that is found is chosen, so that Enter opens it. Between a key and the answer
    // to all that was typed nothing is, and Enter opens the page /find/: the list is still that of other words.
    input.addEventListener("input", () => choose(null));
    document.addEventListener("htmx:afterSwap", (event) => {
      if (event.detail.target !== list) return;
      const all = options(), asked = event.detail.requestConfig.formData.get("q") || "";
      input.setAttribute("aria-expanded", String(all.length > 0));
      choose(asked.trim() && asked === input.value ? all[0] : null);
    });
    palette.addEventListener("close", () => {
      input.value = "";
      list.replaceChildren();
      input.setAttribute("aria-expanded", "false");
      choose(null);
    });
  }
  offerFingerprints();
})();
