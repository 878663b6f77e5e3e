/** Asks for how long and why nobody is to be told; what was typed stays until it is taken. */
import { reasonOf } from './api.js';
import { button, element, visible } from './elements.js';
import { recall, remember } from './memory.js';

const LENGTHS = [
  ['1h', '1 hour'],
  ['4h', '4 hours'],
  ['24h', '1 day'],
  ['7d', '7 days'],
];

/** @param {string} query what is silenced @param {(body: { q: string, until: string, who: string, why: string }) => Promise<void>} onSilence rejects where it is refused */
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
    value: recall('who') ?? '',
    placeholder: 'your name',
  });
  const dialog = element('dialog', { class: 'help', 'aria-labelledby': 'silence-title' });
  const silence = element('button', { type: 'submit', class: 'primary' }, 'Silence');
  const says = element('p', { class: 'query-error', role: 'alert' });
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
      silence,
      button('Cancel', () => dialog.close()),
    ),
    says,
  );
  async function take() {
    remember('who', who.value);
    const name = who.value === '' ? 'somebody on the page' : who.value;
    silence.disabled = true;
    try {
      await onSilence({ q: q.value, until: until.value, who: name, why: why.value });
      dialog.close();
    } catch (error) {
      says.textContent = visible(reasonOf(error));
    }
    silence.disabled = false;
  }
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void take();
  });
  dialog.addEventListener('close', () => dialog.remove());
  dialog.append(form);
  document.body.append(dialog);
  dialog.showModal();
}
