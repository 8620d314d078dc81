/** What no letter is typed into: it may have the focus, and keys go on. */
const WITHOUT_TEXT = ["range", "checkbox", "color", "file"];

/** Whether keys are typed into what has the focus. */
export function isField(target: EventTarget | null): boolean {
  if (target instanceof HTMLInputElement) return !WITHOUT_TEXT.includes(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}
