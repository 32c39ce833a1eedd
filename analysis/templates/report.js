"use strict";

// Tables: a heading sorts up, then down, then back to the order of the summary.
for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0];
  const original = [...body.rows];
  const headings = [...table.tHead.rows[0].cells];
  for (const heading of headings) {
    heading.querySelector("button")?.addEventListener("click", () => {
      const next = { none: "ascending", ascending: "descending", descending: "none" };
      const order = next[heading.ariaSort ?? heading.getAttribute("aria-sort")];
      headings.filter((other) => other.hasAttribute("aria-sort"))
        .forEach((other) => other.setAttribute("aria-sort", "none"));
      heading.setAttribute("aria-sort", order);
      body.append(...sorted(original, headings.indexOf(heading), order));
    });
  }
}

function sorted(rows, column, order) {
  if (order === "none") return rows;
  const sign = order === "ascending" ? 1 : -1;
  return [...rows].sort((a, b) => compare(a.cells[column], b.cells[column], sign));
}

// Missing values stay at the end, whichever way the table is sorted.
function compare(a, b, sign) {
  const [x, y] = [a, b].map(valueOf);
  const [xGone, yGone] = [x, y].map((value) => value === "" || Number.isNaN(value));
  if (xGone || yGone) return xGone - yGone;
  if (typeof x === "number") return sign * (x - y);
  return sign * x.localeCompare(y, "en", { numeric: true });
}

function valueOf(cell) {
  const text = cell.dataset.value;
  return text === undefined ? cell.textContent.trim() : text === "nan" ? NaN : Number(text);
}

// Figures: a click enlarges; Escape, the button and a click beside the figure close.
const dialog = document.createElement("dialog");
dialog.innerHTML = '<form method="dialog"><span></span><button>Close</button></form><div class="frame" tabindex="0"></div>';
document.body.append(dialog);
dialog.addEventListener("click", (event) => {
  if (event.target === dialog) dialog.close();
});
for (const button of document.querySelectorAll(".enlarge")) {
  button.addEventListener("click", () => {
    const image = button.querySelector("img");
    dialog.setAttribute("aria-label", image.alt);
    dialog.querySelector("span").textContent = image.alt;
    dialog.querySelector(".frame").replaceChildren(image.cloneNode());
    dialog.classList.toggle("tall", image.naturalWidth < 1.3 * image.naturalHeight);
    dialog.showModal();
  });
}

// Events: one at a time, by buttons, list or arrow keys.
const browser = document.getElementById("browser");
if (browser) {
  const figures = [...browser.querySelectorAll("figure")];
  const select = browser.querySelector("select");
  const spoken = browser.querySelector("[aria-live]");
  let current = 0;

  function showEvent(index, say = true) {
    current = (index + figures.length) % figures.length;
    figures.forEach((figure, place) => { figure.hidden = place !== current; });
    select.value = String(current);
    if (say) spoken.textContent = `Event ${select.selectedOptions[0].textContent}`;
  }

  function isInView() {
    const box = browser.getBoundingClientRect();
    return box.top < 0.8 * window.innerHeight && box.bottom > 0.2 * window.innerHeight;
  }

  browser.querySelector(".controls").hidden = false;
  select.addEventListener("change", () => showEvent(Number(select.value)));
  for (const button of browser.querySelectorAll("[data-step]")) {
    button.addEventListener("click", () => showEvent(current + Number(button.dataset.step)));
  }
  document.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const busy = event.altKey || event.ctrlKey || event.metaKey || dialog.open;
    if (!step || busy || event.target.closest?.("select, .scroll, pre, .frame[tabindex]") || !isInView()) return;
    event.preventDefault();
    showEvent(current + step);
  });
  showEvent(0, false);
}

// Texts to be pasted elsewhere. From a file there may be no clipboard: then the text is selected.
for (const button of document.querySelectorAll("[data-copies]")) {
  const text = document.getElementById(button.dataset.copies);
  const status = button.parentElement.querySelector("[role=status]");
  button.addEventListener("click", async () => {
    getSelection().selectAllChildren(text);
    let copied = false;
    try {
      await navigator.clipboard.writeText(text.innerText);
      copied = true;
    } catch {
      copied = document.execCommand("copy");
    }
    status.textContent = copied ? "Copied." : "Selected: press Ctrl+C (or ⌘C).";
    if (copied) getSelection().removeAllRanges();
  });
}
