/** A problem (RFC 9457), to be thrown by whoever answers. */
export class Refusal extends Error {
  constructor(status, kind, detail = '', more = {}) {
    super(detail);
    Object.assign(this, { status, kind, detail, more });
  }
}
