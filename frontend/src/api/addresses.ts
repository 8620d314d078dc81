/** An image as large as a screen needs it, made by the worker. */
export function screenUrl(id: number): string {
  return `/api/images/${id}/file/?size=screen`;
}

export function thumbnailUrl(id: number): string {
  return `/api/images/${id}/thumbnail/`;
}

/** A matte or a trimap, by its SHA-256. */
export function matteUrl(sha256: string): string {
  return `/api/mattes/${sha256}/`;
}

/** The original, and of one of more than 40 megapixels a large rendition. */
export function largeUrl(id: number): string {
  return `/api/images/${id}/file/?size=large`;
}
