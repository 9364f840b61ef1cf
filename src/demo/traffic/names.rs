//! Invented people and businesses, for those who sign in.

/// A person's name, in Latin and in Arabic letters.
pub(super) const PEOPLE: [(&str, &str); 20] = [
    ("Noura Al-Harthi", "نورة الحارثي"),
    ("Faisal Al-Otaibi", "فيصل العتيبي"),
    ("Reem Al-Shehri", "ريم الشهري"),
    ("Khalid Mansour", "خالد منصور"),
    ("Maha Saleh", "مها صالح"),
    ("Yousef Haddad", "يوسف حداد"),
    ("Dana Al-Sabah", "دانة الصباح"),
    ("Tariq Nasser", "طارق ناصر"),
    ("Amal Farouk", "أمل فاروق"),
    ("Sami Khoury", "سامي خوري"),
    ("Hessa Al-Mutairi", "حصة المطيري"),
    ("Omar Bensaid", "عمر بن سعيد"),
    ("Emma Clarke", "إيما كلارك"),
    ("Jonas Weber", "يوناس فيبر"),
    ("Claire Moreau", "كلير مورو"),
    ("Priya Nair", "بريا ناير"),
    ("Haruto Sato", "هاروتو ساتو"),
    ("Lucas Almeida", "لوكاس ألميدا"),
    ("Elif Kaya", "إليف كايا"),
    ("Mia Johnson", "ميا جونسون"),
];

/// A business that buys coffee, in Latin and in Arabic letters.
pub(super) const BUSINESSES: [(&str, &str); 10] = [
    ("Palm Court Café", "مقهى فناء النخيل"),
    ("Third Cup Coffee House", "بيت قهوة الفنجان الثالث"),
    ("Al Wadi Boutique Hotel", "فندق الوادي"),
    ("Dune & Crema", "كثبان وكريما"),
    ("Blue Minaret Bakery", "مخبز المئذنة الزرقاء"),
    ("Northgate Offices", "مكاتب البوابة الشمالية"),
    ("Saffron Table Restaurants", "مطاعم مائدة الزعفران"),
    ("Harbour Roast Bar", "محمصة الميناء"),
    ("Majlis Events", "مجلس للفعاليات"),
    ("Lighthouse Coworking", "مساحة المنارة للعمل المشترك"),
];
