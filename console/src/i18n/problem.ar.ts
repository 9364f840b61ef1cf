import type { Translation } from '$lib/message';
import type en from './problem.en';

export default {
  offline: 'تعذّر الوصول إلى الخدمة',
  fault: 'حدث خطأ في هذه الصفحة',
  other: 'لم تنجح العملية',
  internal: 'حدث خلل في الخدمة',
  unavailable: 'لا تستطيع الخدمة تنفيذ ذلك الآن',
  unauthorized: 'انتهت جلسة دخولك',
  forbidden: 'لا تملك صلاحية لذلك',
  'not-found': 'لا يوجد شيء هنا، أو لم يعد موجودًا',
  'unknown-site': 'هذا الموقع غير موجود',
  'rate-limited': 'طلبات كثيرة، انتظر لحظة',
  'not-possible': 'لا يمكن تنفيذ ذلك في الوضع الحالي',
  'bad-parameter': 'توجد قيمة غير صالحة',
  malformed: 'توجد قيمة غير صالحة',
  'stale-version': 'غيّر شخص آخر هذه البيانات في هذه الأثناء',
  'stale-draft': 'حفظ شخص آخر هذه المسودة في هذه الأثناء',
  'bad-edit': 'لا يناسب هذا التغيير هذه القواعد',
  'wrong-password': 'البريد الإلكتروني أو كلمة المرور غير صحيحة',
  'weak-password': 'يسهل تخمين كلمة المرور هذه',
  'bad-link': 'لم يعد هذا الرابط صالحًا',
  'origin-not-allowed': 'لا يُسمح بذلك من هذا العنوان',
  changed: 'غيّر شخص آخر هذا في هذه الأثناء',
  suppressed: 'السياسة تمنع ذلك',
} satisfies Translation<typeof en>;
