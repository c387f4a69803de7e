// Makes the desk quicker; everything on it works without.

// Letters: the button that prints them, which is of no use without a script.
const print = document.getElementById("print");
if (print) {
  document.documentElement.classList.add("scripted");
  print.addEventListener("click", () => window.print());
}

// Lists: a file that is too large is told before it is sent.
for (const field of document.querySelectorAll("input[type=file][data-most-bytes]")) {
  field.addEventListener("change", () => {
    const [file] = field.files;
    const fits = !file || file.size <= Number(field.dataset.mostBytes);
    field.setCustomValidity(fits ? "" : field.dataset.tooLarge);
  });
}

// Work in progress: its bar moves by itself, and the page is shown anew when it is over.
const progress = document.querySelector("progress[data-events]");
if (progress) {
  const told = document.getElementById("progress-told");
  const events = new EventSource(progress.dataset.events);
  events.addEventListener("progress", event => {
    const { done, all, words } = JSON.parse(event.data);
    progress.max = all;
    progress.value = done;
    told.textContent = words;
  });
  events.addEventListener("over", () => { events.close(); location.reload(); });
}
