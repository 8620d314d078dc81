import type { Incoming } from "../../store/upload";

/** The files among what was dropped, those in folders too, each with the name of its folder. */
export async function filesOf(entry: FileSystemEntry, folder = ""): Promise<Incoming[]> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) =>
      (entry as FileSystemFileEntry).file(resolve, reject),
    );
    return [{ file, group: folder }];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const found: Incoming[] = [];
  for (;;) {
    // A folder is read in pieces of a hundred; an empty piece is the end.
    const piece = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (!piece.length) return found;
    for (const one of piece) found.push(...(await filesOf(one, entry.name)));
  }
}

/** The same of what a file or folder picker gives. */
export function pickedFiles(files: FileList | null): Incoming[] {
  return [...(files ?? [])].map((file) => ({ file, group: file.webkitRelativePath.split("/").at(-2) ?? "" }));
}

const collator = new Intl.Collator(undefined, { numeric: true });

/** By folder and name, frame 2 before frame 10: the queue keeps the order in which images came. */
export function inOrder(files: readonly Incoming[]): Incoming[] {
  return [...files].sort(
    (a, b) => collator.compare(a.group, b.group) || collator.compare(a.file.name, b.file.name),
  );
}
