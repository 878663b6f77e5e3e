/** Values of options that several commands take. */
import { InvalidArgumentError } from 'commander';

/** How many at most, where 0 means all. */
export function wholeNumber(text: string): number {
  return numberWhere(text, '0 for no limit');
}

/** How many from before, where 0 means none. */
export function wholeNumberOrNone(text: string): number {
  return numberWhere(text, '0 for none');
}

/** A whole number between two that are allowed. */
export function numberWithin(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Allowed are whole numbers from ${min} to ${max}.`);
  };
}

function numberWhere(text: string, zero: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError(`Expected a whole number, ${zero}.`);
}
