// Arrow keys in the calendar: left and right to the day before and after on which something ends, up and down by the
// same day of the week. Without it the Tab key visits the same links.
(function () {
  "use strict";
  const DAY = 86400000;

  document.addEventListener("keydown", (event) => {
    const link = event.target.closest && event.target.closest("[data-days] a[data-day]");
    if (!link || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 }[event.key];
    if (!step) return;
    event.preventDefault();
    const links = Array.from(link.closest("[data-days]").querySelectorAll("a[data-day]"));
    const days = (one) => (Date.parse(one.dataset.day) - Date.parse(link.dataset.day)) / DAY;
    const ahead = links.filter((one) => Math.sign(days(one)) === Math.sign(step) && days(one) % Math.abs(step) === 0);
    const next = step > 0 ? ahead[0] : ahead[ahead.length - 1];
    if (next) next.focus();
  });
})();
