// What the theme leaves out for readers of screens and users of keyboards: levels of headings, and code that can be scrolled.
document.querySelectorAll(".caption[role=heading]").forEach((caption) => caption.setAttribute("aria-level", "2"));
document.querySelectorAll("pre, .table-wrapper").forEach((box) => {
  if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
});
