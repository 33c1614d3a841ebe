// What pages do beyond links and forms: keys, selection, dialogs, times in the reader's zone, focus after swaps.
// Everything here is a convenience; without it every page works. Runs under a CSP without inline script or style.
(function () {
  "use strict";
  const all = (selector, root) => Array.from((root || document).querySelectorAll(selector));
  const one = (selector, root) => (root || document).querySelector(selector);

  // --- Times: the server says UTC, the reader sees their own zone; the title keeps UTC
  const relative = new Intl.RelativeTimeFormat("en", { numeric: "always" });
  const dayFormat = new Intl.DateTimeFormat("en", { dateStyle: "medium" });
  const momentFormat = new Intl.DateTimeFormat("en", {
    year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZoneName: "short",
  });
  const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60]];
  const LIMIT = 30 * 86400; // the same changeover as apps/core/moments.py

  function inWords(when) {
    const seconds = Math.round((when - Date.now()) / 1000);
    if (Math.abs(seconds) >= LIMIT) return "on " + dayFormat.format(when);
    for (const [unit, size] of UNITS) {
      if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit);
    }
    return seconds > 5 ? "in a moment" : "just now";
  }

  function showTimes() {
    for (const element of all("time[data-time]")) {
      const when = new Date(element.dateTime);
      if (isNaN(when)) continue;
      const style = element.dataset.time;
      const text = style === "relative" ? inWords(when) : style === "day" ? dayFormat.format(when) : momentFormat.format(when);
      if (element.textContent !== text) element.textContent = text;
      if (!element.dataset.utc) element.dataset.utc = element.title;
      element.title = style === "relative" ? momentFormat.format(when) + " (" + element.dataset.utc + ")" : element.dataset.utc;
    }
  }

  // --- Rows: the current one follows the focus
  const rows = () => all("[data-row]");
  const rowLink = (row) => one("[data-row-open]", row) || one("a[href]", row);
  let lastIndex = -1;

  function currentRow() {
    const focused = document.activeElement && document.activeElement.closest("[data-row]");
    return focused || one("[data-row].is-current");
  }

  function markCurrent(row) {
    for (const other of all("[data-row].is-current")) if (other !== row) other.classList.remove("is-current");
    if (!row) return;
    row.classList.add("is-current");
    lastIndex = rows().indexOf(row);
  }

  function goTo(index) {
    const list = rows();
    const row = list[Math.max(0, Math.min(index, list.length - 1))];
    if (!row) return;
    markCurrent(row);
    const link = rowLink(row);
    if (link) link.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }

  function step(by) {
    const index = rows().indexOf(currentRow());
    goTo(index < 0 ? (by > 0 ? 0 : rows().length - 1) : index + by);
  }

  // --- Selection
  const boxes = () => all("input[data-select]");
  const chosen = () => boxes().filter((box) => box.checked);
  let anchor = null; // where a range begins

  function showSelection() {
    const total = boxes().length, count = chosen().length;
    for (const element of all("[data-bulk-count]")) element.textContent = String(count);
    for (const bar of all("[data-bulk-bar]")) {
      bar.dataset.ready = "";
      if (count) bar.dataset.count = String(count);
      else delete bar.dataset.count;
    }
    for (const box of all("input[data-select-all]")) {
      box.checked = total > 0 && count === total;
      box.indeterminate = count > 0 && count < total;
    }
  }

  function selectAll(on) {
    for (const box of boxes()) if (!box.disabled) box.checked = on;
    anchor = null;
    showSelection();
    announce(on ? chosen().length + " selected" : "Selection cleared");
  }

  function selectRange(box) {
    const list = boxes(), from = list.indexOf(anchor), to = list.indexOf(box);
    if (from < 0 || to < 0) return;
    for (const between of list.slice(Math.min(from, to), Math.max(from, to) + 1)) {
      if (!between.disabled) between.checked = box.checked;
    }
  }

  // --- Dialogs: links to pages, opened over the page where script runs
  function openDialog(trigger) {
    const dialog = document.getElementById(trigger.dataset.dialogOpen);
    if (!dialog || typeof dialog.showModal !== "function") return false;
    const title = one("[data-dialog-title]", dialog);
    if (trigger.dataset.dialogTitle && title) title.textContent = trigger.dataset.dialogTitle;
    if (!dialog.open) dialog.showModal();
    focusField(dialog);
    return true;
  }

  // The first thing to fill in, rather than the cross that closes.
  function focusField(dialog) {
    const field = one(".Overlay-body :is(input:not([type=hidden]), textarea, select)", dialog);
    if (field && !field.closest("[hidden]") && !typing(document.activeElement)) field.focus();
  }

  // --- Telling
  function announce(text) {
    const region = document.getElementById("announcer");
    if (!region) return;
    region.textContent = "";
    setTimeout(() => { region.textContent = text; }, 50); // an unchanged text is not read again
  }

  function complain(text) {
    const place = document.getElementById("messages");
    if (!place) return;
    for (const old of all("[data-trouble]", place)) old.remove();
    const box = document.createElement("div");
    box.className = "flash flash-error Flash";
    box.setAttribute("role", "alert");
    box.dataset.trouble = "";
    box.textContent = text;
    place.append(box);
    for (const dialog of all("dialog[open]")) dialog.close(); // the message stands under it
  }

  // --- Forms that are on their way
  function busy(form, submitter) {
    form.dataset.submitting = "";
    const buttons = Array.from(form.elements).filter((element) => element.type === "submit");
    // After this turn: a disabled button would not be sent along, and its name says what was decided.
    setTimeout(() => {
      for (const button of buttons) button.disabled = true;
      if (submitter) submitter.setAttribute("aria-busy", "true");
    }, 0);
  }

  function idle(form) {
    delete form.dataset.submitting;
    for (const element of form.elements) {
      if (element.type !== "submit") continue;
      element.disabled = element.hasAttribute("data-disabled");
      element.removeAttribute("aria-busy");
    }
  }

  // --- Keys
  function typing(element) {
    if (element.isContentEditable || element.matches("textarea, select")) return true;
    return element.matches("input") && !["checkbox", "radio", "button", "submit", "reset"].includes(element.type);
  }

  // The thing a letter means: on the selection if there is one, else on the current row, else on the page.
  function shortcut(key) {
    const candidates = all('[data-shortcut~="' + CSS.escape(key) + '"]').filter((element) => !element.disabled);
    if (chosen().length && one("[data-bulk-bar]")) return candidates.find((element) => element.closest("[data-bulk-bar]"));
    const row = currentRow();
    const inRow = row && candidates.find((element) => row.contains(element));
    return inRow || candidates.find((element) => !element.closest("[data-row], [data-bulk-bar]"));
  }

  function toggleCurrent() {
    const row = currentRow();
    const box = row && one("input[data-select]", row);
    if (box) box.click();
    return Boolean(box);
  }

  function openCurrent() {
    const row = currentRow();
    const link = row && rowLink(row);
    if (link) link.click();
    return Boolean(link);
  }

  function escape(target) {
    if (target.matches("[data-filter-input]")) target.blur();
    else if (one("details[data-menu][open]")) closeMenus(null);
    else if (chosen().length) selectAll(false);
    else return false;
    return true;
  }

  const KEYS = {
    j: () => (step(1), true),
    k: () => (step(-1), true),
    x: toggleCurrent,
    o: openCurrent,
    Enter: openCurrent,
    "/": () => {
      const input = one("[data-filter-input]");
      if (input) { input.focus(); input.select(); }
      return Boolean(input);
    },
  };

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (one("dialog[open]")) return; // a dialog has its own keys: Tab, Enter, Esc
    const field = typing(event.target);
    if (event.key === "Escape" && (!field || event.target.matches("[data-filter-input]"))) {
      if (escape(event.target)) event.preventDefault();
      return;
    }
    if (field) return;
    if (event.key === "Enter" && event.target !== document.body) return; // links and buttons know what to do
    const target = KEYS[event.key] ? null : shortcut(event.key);
    if (target) target.click();
    if (target || (KEYS[event.key] && KEYS[event.key]())) event.preventDefault();
  });

  // --- Clicks, changes, submits
  function closeMenus(except) {
    for (const menu of all("details[data-menu][open]")) if (menu !== except) menu.open = false;
  }

  function setColorMode(mode) {
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = "patrol-color-mode=" + mode + "; Path=/; Max-Age=31536000; SameSite=Lax" + secure;
    document.documentElement.dataset.colorMode = mode;
    for (const button of all("[data-color-mode-set]")) {
      button.setAttribute("aria-pressed", String(button.dataset.colorModeSet === mode));
    }
  }

  document.addEventListener("click", (event) => {
    closeMenus(event.target.closest("details[data-menu]"));
    const box = event.target.closest("input[data-select]");
    if (box) {
      if (event.shiftKey && anchor) selectRange(box);
      anchor = box;
    }
    const mode = event.target.closest("[data-color-mode-set]");
    if (mode) setColorMode(mode.dataset.colorModeSet);
    if (event.target.closest("[data-bulk-clear]")) selectAll(false);
    const close = event.target.closest("[data-dialog-close]");
    if (close && close.closest("dialog")) close.closest("dialog").close();
    else if (event.target.matches("dialog")) event.target.close(); // its backdrop
    const trigger = event.target.closest("[data-dialog-open]");
    const plain = !event.ctrlKey && !event.metaKey && !event.shiftKey;
    if (trigger && plain && openDialog(trigger)) event.preventDefault();
  });

  document.addEventListener("change", (event) => {
    if (event.target.matches("input[data-select-all]")) selectAll(event.target.checked);
    else if (event.target.matches("input[data-select]")) showSelection();
  });

  document.addEventListener("focusin", (event) => {
    const row = event.target.closest("[data-row]");
    if (row) markCurrent(row);
  });

  // Captured, so that htmx does not hear of a second click either: it is not a second decision.
  document.addEventListener("submit", (event) => {
    const form = event.target, button = event.submitter;
    const method = (button && button.getAttribute("formmethod")) || form.getAttribute("method") || "get";
    if (method.toLowerCase() !== "post") return;
    if (form.hasAttribute("data-download")) return closeMenus(null); // the page stays, and may ask for it again
    if ("submitting" in form.dataset) {
      event.preventDefault();
      event.stopImmediatePropagation();
    } else busy(form, button);
  }, true);

  // Pictures that do not come are replaced by the initials the server wrote beside them.
  function withoutPicture(image) {
    if (!image.dataset.initials) return;
    const span = document.createElement("span");
    span.className = image.dataset.initialsClass;
    span.setAttribute("aria-hidden", "true");
    span.textContent = image.dataset.initials;
    image.replaceWith(span);
  }
  document.addEventListener("error", (event) => {
    if (event.target instanceof HTMLImageElement) withoutPicture(event.target);
  }, true);

  // --- htmx: focus stays, swaps are said, silence is not success
  let before = null;

  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, pathInfo } = event.detail;
    const wanted = pathInfo && new URL(pathInfo.finalRequestPath || pathInfo.requestPath, location.href).pathname;
    if (xhr.responseURL && wanted && new URL(xhr.responseURL).pathname !== wanted) {
      event.detail.shouldSwap = false; // redirected to another page, such as the sign-in: go there
      location.assign(xhr.responseURL);
      return;
    }
    const active = document.activeElement;
    const inside = active && active !== document.body && event.detail.target.contains(active);
    const row = inside && active.closest("[data-row]");
    before = inside ? { id: active.id, row: row && row.id, index: row ? lastIndex : -1 } : null;
  });

  document.addEventListener("htmx:afterSettle", (event) => {
    refresh();
    const target = event.detail.elt || event.target;
    const spoken = target.dataset && target.dataset.announce ? target : one("[data-announce]", target);
    if (spoken) announce(spoken.dataset.announce);
    if (before && (!document.activeElement || document.activeElement === document.body)) {
      const again = before.id && document.getElementById(before.id);
      const row = before.row && document.getElementById(before.row);
      if (again) again.focus();
      else if (row) goTo(rows().indexOf(row));
      else if (before.index >= 0) goTo(before.index);
    }
    before = null;
    const dialog = target.closest && target.closest("dialog[open]");
    if (dialog) focusField(dialog);
  });

  // A decision may be answered after its row was replaced, because the list was filtered meanwhile. htmx then puts the
  // answer nowhere and tells nobody: ask for the list again.
  document.addEventListener("htmx:beforeSend", (event) => {
    const { xhr, target, requestConfig } = event.detail;
    if (requestConfig.verb === "get") return;
    xhr.addEventListener("readystatechange", () => {
      const filter = one("form[role=search][hx-get]");
      if (xhr.readyState !== XMLHttpRequest.DONE || target.isConnected) return;
      if (xhr.status >= 200 && xhr.status < 300 && filter) htmx.trigger(filter, "submit");
      else complain("Patrol could not do this (" + xhr.status + "). Load the page again to see what is.");
    });
  });

  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.target.closest && event.target.closest("form[data-submitting]");
    if (form) idle(form);
  });
  document.addEventListener("htmx:responseError", (event) => {
    const status = event.detail.xhr.status;
    complain(status === 403 || status === 404
      ? "You may not do this any more. Load the page again."
      : "Patrol could not do this (" + status + "). Nothing is shown as done that is not; load the page again to see.");
  });
  for (const name of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, () => complain("Patrol did not answer. Check your connection and load the page again."));
  }

  // --- Beginning
  function refresh() {
    showTimes();
    showSelection();
    for (const element of all("[data-needs-script], [data-color-modes]")) element.hidden = false;
    for (const image of all("img[data-initials]")) if (image.complete && !image.naturalWidth) withoutPicture(image);
  }

  // On a phone the tabs scroll: the one of this page is seen.
  function showTab() {
    const tab = one(".UnderlineNav-item[aria-current]");
    if (!tab) return;
    const nav = tab.closest(".UnderlineNav"), beyond = tab.getBoundingClientRect().right - nav.getBoundingClientRect().right;
    if (beyond > 0) nav.scrollLeft += beyond + 16;
  }

  // A page that comes back from the browser's memory must not stay busy.
  window.addEventListener("pageshow", () => {
    for (const form of all("form[data-submitting]")) idle(form);
    showSelection();
  });
  setInterval(showTimes, 30000);
  refresh();
  showTab();
})();
