/* Notes which sections of a text were opened. Every page also works without this file. */
(() => {
  "use strict";

  const noted = document.querySelector("input[name='opened']");
  const sections = [...document.querySelectorAll("details[data-section]")];
  if (!noted) return;

  const opened = new Set(noted.value.split(" ").filter(Boolean));

  /** Note what stands open now; what was closed again stays noted. */
  function note() {
    sections
      .filter((section) => section.open)
      .forEach((section) => opened.add(section.dataset.section));
    noted.value = [...opened].join(" ");
  }

  sections.forEach((section) => section.addEventListener("toggle", note));
  note();

  const button = document.getElementById("open-sections");
  button.hidden = false;
  button.addEventListener("click", () => {
    sections.forEach((section) => {
      section.open = true;
    });
  });
})();
