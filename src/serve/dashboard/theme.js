/* Before anything is painted: the theme that was chosen here, so that no wrong one flashes up. */
document.documentElement.dataset.theme = localStorage.getItem('theme') ?? 'system';
