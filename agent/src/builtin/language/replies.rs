//! What is said to a question in another language, in that language.
//!
//! Each text says that questions are answered in English only, what can be answered, what is not in the data, and gives
//! an example in the place of `{}`. No text holds a figure.

use super::Language;

/// The text, with `{}` for the example question.
pub(super) fn text(language: Language) -> &'static str {
    match language {
        Language::German => {
            "Ich verstehe Fragen nur auf Englisch und kann diese daher nicht beantworten. Auf Englisch kann ich Fragen zu \
             Bestellungen, Produkten und Einkaufsgewohnheiten beantworten; Preise, Kalenderdaten und persönliche Daten von \
             Kunden enthalten die Daten nicht. Zum Beispiel: “{}”"
        }
        Language::French => {
            "Je ne comprends que les questions en anglais et je ne peux pas répondre à celle-ci. En anglais, je peux répondre \
             sur les commandes, les produits et les habitudes d’achat ; les données ne contiennent ni prix, ni dates, ni \
             informations personnelles. Vous pouvez par exemple demander : “{}”"
        }
        Language::Spanish => {
            "Solo entiendo preguntas en inglés, así que no puedo responder a esta. En inglés puedo responder sobre pedidos, \
             productos y hábitos de compra; los datos no contienen precios, fechas ni información personal de los clientes. \
             Por ejemplo, puede preguntar: “{}”"
        }
        Language::Italian => {
            "Capisco solo le domande in inglese, quindi non posso rispondere a questa. In inglese posso rispondere su ordini, \
             prodotti e abitudini di acquisto; i dati non contengono prezzi, date o informazioni personali sui clienti. Per \
             esempio, puoi chiedere: “{}”"
        }
        Language::Portuguese => {
            "Só entendo perguntas em inglês e por isso não posso responder a esta. Em inglês posso responder sobre pedidos, \
             produtos e hábitos de compra; os dados não contêm preços, datas nem informações pessoais dos clientes. Por \
             exemplo, pode perguntar: “{}”"
        }
        Language::Dutch => {
            "Ik begrijp alleen vragen in het Engels en kan deze vraag daarom niet beantwoorden. In het Engels kan ik vragen \
             over bestellingen, producten en koopgedrag beantwoorden; prijzen, datums en persoonlijke gegevens van klanten \
             staan niet in de gegevens. U kunt bijvoorbeeld vragen: “{}”"
        }
        Language::Polish => {
            "Rozumiem tylko pytania po angielsku, dlatego nie mogę odpowiedzieć na to pytanie. Po angielsku odpowiadam na \
             pytania o zamówienia, produkty i zwyczaje zakupowe; dane nie zawierają cen, dat ani danych osobowych klientów. \
             Na przykład: “{}”"
        }
        Language::Swedish => {
            "Jag förstår bara frågor på engelska och kan därför inte svara på den här. På engelska kan jag svara på frågor om \
             beställningar, produkter och köpvanor; priser, datum och personuppgifter finns inte i data. Till exempel: “{}”"
        }
        Language::Danish => {
            "Jeg forstår kun spørgsmål på engelsk og kan derfor ikke svare på dette. På engelsk kan jeg svare på spørgsmål om \
             bestillinger, produkter og købsvaner; priser, datoer og persondata findes ikke i data. For eksempel: “{}”"
        }
        Language::Finnish => {
            "Ymmärrän vain englanninkielisiä kysymyksiä, joten en voi vastata tähän. Englanniksi voin vastata kysymyksiin \
             tilauksista, tuotteista ja ostotottumuksista; tiedoissa ei ole hintoja, päivämääriä eikä henkilötietoja. \
             Esimerkiksi: “{}”"
        }
        Language::Czech => {
            "Rozumím jen otázkám v angličtině, proto na tuto nemohu odpovědět. V angličtině odpovím na otázky o objednávkách, \
             produktech a nákupních zvycích; data neobsahují ceny, data v kalendáři ani osobní údaje. Například: “{}”"
        }
        Language::Romanian => {
            "Înțeleg doar întrebări în engleză, așa că nu pot răspunde la aceasta. În engleză pot răspunde despre comenzi, \
             produse și obiceiuri de cumpărare; datele nu conțin prețuri, date calendaristice sau date personale. De exemplu: \
             “{}”"
        }
        Language::Hungarian => {
            "Csak angol nyelvű kérdéseket értek, ezért erre nem tudok válaszolni. Angolul rendelésekről, termékekről és \
             vásárlási szokásokról tudok válaszolni; árak, dátumok és személyes adatok nincsenek az adatok között. Például: \
             “{}”"
        }
        Language::Turkish => {
            "Yalnızca İngilizce soruları anlıyorum, bu yüzden bunu yanıtlayamıyorum. İngilizce olarak siparişler, ürünler ve \
             alışveriş alışkanlıkları hakkındaki soruları yanıtlayabilirim; verilerde fiyat, tarih ve kişisel bilgi yoktur. \
             Örneğin: “{}”"
        }
        Language::Vietnamese => {
            "Tôi chỉ hiểu câu hỏi bằng tiếng Anh nên không thể trả lời câu này. Bằng tiếng Anh, tôi có thể trả lời về đơn \
             hàng, sản phẩm và thói quen mua sắm; dữ liệu không có giá, ngày tháng hay thông tin cá nhân. Ví dụ: “{}”"
        }
        Language::Indonesian => {
            "Saya hanya memahami pertanyaan dalam bahasa Inggris, jadi saya tidak dapat menjawab yang ini. Dalam bahasa \
             Inggris saya dapat menjawab tentang pesanan, produk, dan kebiasaan belanja; data tidak memuat harga, tanggal, \
             atau data pribadi. Misalnya: “{}”"
        }
        Language::Russian => {
            "Я понимаю вопросы только на английском языке, поэтому не могу ответить на этот. На английском я отвечаю на \
             вопросы о заказах, товарах и покупательских привычках; цен, дат и личных данных в данных нет. Например: “{}”"
        }
        Language::Ukrainian => {
            "Я розумію запитання лише англійською, тому не можу відповісти на це. Англійською я відповідаю на запитання про \
             замовлення, товари та купівельні звички; цін, дат і особистих даних у даних немає. Наприклад: “{}”"
        }
        Language::Greek => {
            "Καταλαβαίνω ερωτήσεις μόνο στα αγγλικά, γι’ αυτό δεν μπορώ να απαντήσω σε αυτήν. Στα αγγλικά απαντώ για \
             παραγγελίες, προϊόντα και αγοραστικές συνήθειες· τα δεδομένα δεν έχουν τιμές, ημερομηνίες ή προσωπικά στοιχεία. \
             Για παράδειγμα: “{}”"
        }
        Language::Hebrew => {
            "אני מבין שאלות באנגלית בלבד ולכן איני יכול לענות על שאלה זו. באנגלית אפשר לשאול על הזמנות, מוצרים והרגלי קנייה; \
             בנתונים אין מחירים, תאריכים או פרטים אישיים. לדוגמה: “{}”"
        }
        Language::Arabic => {
            "أفهم الأسئلة باللغة الإنجليزية فقط، لذلك لا أستطيع الإجابة عن هذا السؤال. بالإنجليزية يمكنني الإجابة عن الطلبات \
             والمنتجات وعادات الشراء؛ ولا تحتوي البيانات على أسعار أو تواريخ أو معلومات شخصية. مثلاً: “{}”"
        }
        Language::Hindi => {
            "मैं केवल अंग्रेज़ी में पूछे गए प्रश्न समझता हूँ, इसलिए इसका उत्तर नहीं दे सकता। अंग्रेज़ी में मैं ऑर्डर, उत्पादों और ख़रीदारी की \
             आदतों के बारे में बता सकता हूँ; डेटा में क़ीमतें, तारीख़ें या निजी जानकारी नहीं है। उदाहरण: “{}”"
        }
        Language::Thai => {
            "ฉันเข้าใจเฉพาะคำถามภาษาอังกฤษ จึงไม่สามารถตอบคำถามนี้ได้ เป็นภาษาอังกฤษฉันตอบเรื่องคำสั่งซื้อ สินค้า และพฤติกรรมการซื้อได้ \
             แต่ข้อมูลไม่มีราคา วันที่ หรือข้อมูลส่วนตัว ตัวอย่าง: “{}”"
        }
        Language::Chinese => {
            "我只能理解英文问题，因此无法回答这个问题。用英文可以询问订单、商品和购买习惯；数据中没有价格、日期或个人信息。例如：“{}”"
        }
        Language::Japanese => {
            "英語の質問しか理解できないため、この質問にはお答えできません。英語であれば、注文、商品、購買習慣についてお答えできます。\
             価格、日付、個人情報はデータにありません。例：“{}”"
        }
        Language::Korean => {
            "영어 질문만 이해할 수 있어 이 질문에는 답할 수 없습니다. 영어로는 주문, 상품, 구매 습관에 대해 답할 수 있으며, 가격, 날짜, \
             개인 정보는 데이터에 없습니다. 예: “{}”"
        }
    }
}
