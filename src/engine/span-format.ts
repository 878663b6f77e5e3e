/**
 * Where the message and the fields of each row lie in the text, for both sides.
 *
 * The text of a row is its original bytes, then its made texts (unescaped, transcoded) one after another. Lines of one
 * format have the same fields in the same order with the same bytes between them, so rows are put in *classes*:
 * the list of items (fields in order, the message last), and the order in which the starts and ends of those
 * inside the original bytes follow each other. Then a row is a list of gaps, most of them the same in every row:
 *
 *     lead · gap before each boundary · tail (to the end of the original bytes) · length of each made item
 *
 * `lead` is what lies between the end of the text before (in the same chunk) and the original bytes.
 * A boundary is `2 × item` for a start and `2 × item + 1` for an end.
 *
 * Price: gaps of irregular rows cost a byte or more each before compression; regular ones nothing.
 */

export type SpanClass = Readonly<{
  /** Key id of each field, in order. */
  keys: Int32Array;
  /** Kind of each field (`FIELD`). */
  kinds: Uint8Array;
  /** 1 for an item that is a made text; fields in order, the message last. */
  made: Uint8Array;
  /** Boundaries of the other items, in the order of their place. */
  order: Int32Array;
}>;

/** Numbers stored for each row of a class. */
export function gapCountOf(spanClass: SpanClass): number {
  let madeCount = 0;
  for (const made of spanClass.made) madeCount += made;
  return 2 + spanClass.order.length + madeCount;
}
