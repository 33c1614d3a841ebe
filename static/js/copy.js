// A button that copies a field: `data-copy` names it. Without a secure address there is no clipboard to write to, and what
// is to be copied stands selected.
(function () {
  "use strict";

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const field = document.getElementById(button.dataset.copy);
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      say("Selected: copy it with your keyboard");
      return;
    }
    button.querySelector("[data-copy-word]").textContent = "Copied";
    say("Copied");
  });

  function say(text) {
    document.getElementById("announcer").textContent = text;
  }
})();
