/** Asks for how long and why nobody is to be told. */
import { button, element } from './elements.js';

const LENGTHS = [
  ['1h', '1 hour'],
  ['4h', '4 hours'],
  ['24h', '1 day'],
  ['7d', '7 days'],
];

/** @param {string} query what is silenced @param {(body: { q: string, until: string, who: string, why: string }) => void} onSilence */
export function openSilenceDialog(query, onSilence) {
  const field = (/** @type {string} */ name, /** @type {HTMLElement} */ input) =>
    element('label', {}, element('span', {}, name), input);
  const q = element('input', { value: query, required: '', maxlength: '4096', class: 'code' });
  const until = element(
    'select',
    {},
    ...LENGTHS.map(([value, text = '']) => element('option', { value }, text)),
  );
  const why = element('input', { maxlength: '500', placeholder: 'planned work' });
  const who = element('input', {
    maxlength: '500',
    value: localStorage.getItem('who') ?? '',
    placeholder: 'your name',
  });
  const dialog = element('dialog', { class: 'help', 'aria-labelledby': 'silence-title' });
  const form = element(
    'form',
    { method: 'dialog', class: 'fields-form' },
    element('h2', { id: 'silence-title' }, 'Tell nobody of'),
    field('Incidents that match', q),
    field('For', until),
    field('Why', why),
    field('Who says so', who),
    element(
      'p',
      { class: 'actions' },
      element('button', { type: 'submit', class: 'primary' }, 'Silence'),
      button('Cancel', () => dialog.close()),
    ),
  );
  form.addEventListener('submit', () => {
    localStorage.setItem('who', who.value);
    onSilence({
      q: q.value,
      until: until.value,
      who: who.value === '' ? 'somebody on the page' : who.value,
      why: why.value,
    });
  });
  dialog.addEventListener('close', () => dialog.remove());
  dialog.append(form);
  document.body.append(dialog);
  dialog.showModal();
}
