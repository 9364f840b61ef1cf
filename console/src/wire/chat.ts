/** Departments, their hours, and who can answer now. */

export type Day = 'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun';
export const DAYS: readonly Day[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

export interface Hours {
  days: Day[];
  /** `09:00`, in the department's time zone. */
  from: string;
  /** `17:00`; `24:00` is the end of the day. One that does not lie after `from` lies in the next day. */
  until: string;
}

export interface Holiday {
  /** `2027-02-22` */
  date: string;
  name: string | null;
}

export interface Department {
  name: string;
  label: Record<string, string>;
  time_zone: string;
  /** `null`: always open. */
  hours: Hours[] | null;
  holidays: Holiday[];
  languages: string[];
  phone: boolean;
  email: boolean;
  /** How long a first reply usually takes, where too little was measured. */
  expected_reply_s: number | null;
}

export interface ChatSettings {
  revision: number;
  departments: Department[];
}

export interface DepartmentNow {
  name: string;
  open: boolean;
  opens_at: number | null;
  closes_at: number | null;
  agents_online: number;
  free_slots: number;
  queue: number;
  expected_reply_s: number | null;
  expected_reply_from: 'measured' | 'configured' | 'unknown';
  channel: 'chat' | 'phone' | 'email';
}

/** An agent by their own latest word. */
export interface AgentNow {
  agent: string;
  status: 'online' | 'away' | 'offline';
  chats: number;
  max_chats: number;
  departments: string[];
  languages: string[];
  /** When the word lapses. */
  until: number;
}

export interface ChatNow {
  /** The site as a whole. */
  site?: DepartmentNow;
  departments: DepartmentNow[];
  /** Not every service tells names. */
  agents?: AgentNow[];
}
