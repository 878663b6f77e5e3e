/* Before anything is painted: the theme that was chosen here, so that no wrong one flashes up. */
try {
  document.documentElement.dataset.theme = localStorage.getItem('theme') ?? 'system';
} catch {
  document.documentElement.dataset.theme = 'system'; // A browser that may keep nothing.
}
