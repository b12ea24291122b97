/* Tables can be sorted by a click on a heading; without script they stay as they are. */
for (const table of document.querySelectorAll('table[data-sortable]')) {
  const heads = [...table.tHead.rows[0].cells];
  const body = table.tBodies[0];
  const value = (row, i) => {
    const cell = row.cells[i];
    const text = cell.dataset.v ?? cell.textContent.replace(/[,%\s]/g, '');
    return text !== '' && Number.isFinite(Number(text)) ? Number(text) : cell.textContent.trim();
  };
  const compare = (a, b) => (typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b)));
  heads.forEach((head, i) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener('click', () => {
      const numeric = head.classList.contains('n') || head.classList.contains('share');
      const down = head.ariaSort ? head.ariaSort === 'ascending' : numeric && i > 0;
      for (const other of heads) other.ariaSort = null;
      head.ariaSort = down ? 'descending' : 'ascending';
      const rows = [...body.rows].sort((a, b) => (down ? -1 : 1) * compare(value(a, i), value(b, i)));
      body.append(...rows);
    });
  });
}
