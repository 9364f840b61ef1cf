/** "Are you sure?", asked in one place. */

export interface Question {
  title: string;
  body?: string;
  /** What the button says: the deed, never "OK". */
  action: string;
  danger?: boolean;
}

class Confirming {
  open = $state.raw<(Question & { answer: (yes: boolean) => void }) | null>(null);
}

export const confirming = new Confirming();

/** Whether the person said yes. */
export function confirm(question: Question): Promise<boolean> {
  return new Promise((resolve) => {
    confirming.open = {
      ...question,
      answer: (yes) => {
        confirming.open = null;
        resolve(yes);
      },
    };
  });
}
