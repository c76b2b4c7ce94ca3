//! Which language a message is in, as far as it matters: English, or another one that is answered in itself.
//!
//! Questions are short and full of product names, so letters and their frequencies say little; what tells is the small
//! words ("wie viele", "est-ce que", "cuántos") and the shop's own nouns and verbs ("Bestellungen", "acheter"). Each
//! language has a table of such words that are no English words; other scripts are known by their letters.
//! Input: the folded message and which of its words stand inside names. Output: a [`Language`], or none for English and
//! for what cannot be told. Pure.

mod replies;

use super::patterns::Words;

/// A language that is not English.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Language {
    German,
    French,
    Spanish,
    Italian,
    Portuguese,
    Dutch,
    Polish,
    Swedish,
    Danish,
    Finnish,
    Czech,
    Romanian,
    Hungarian,
    Turkish,
    Vietnamese,
    Indonesian,
    Russian,
    Ukrainian,
    Greek,
    Hebrew,
    Arabic,
    Hindi,
    Thai,
    Chinese,
    Japanese,
    Korean,
}

/// Words of a language that are no English words. Every word counts one; the second list holds words that are also
/// English, or stand in names, or in other languages, and only settle between languages.
struct Table {
    language: Language,
    strong: &'static str,
    weak: &'static str,
}

/// So many strong words make a message foreign, whatever else it holds…
const SURE: usize = 3;
/// …so many make it foreign where few words are English…
const LIKELY: usize = 2;
/// …and one is enough where nothing is English and half of the words are unknown.
const HINT: usize = 1;

/// The language of a message that is not in English.
pub(crate) fn foreign_language(
    message: &str,
    words: &Words,
    known: impl Fn(&str) -> bool,
) -> Option<Language> {
    if let Some(language) = by_script(message) {
        return Some(language);
    }
    let named: Vec<&str> = words.0.iter().filter(|word| word.named).map(|word| word.text.as_str()).collect();
    let lower = message.to_lowercase();
    let all: Vec<String> = lower
        .split(|c: char| !(c.is_alphabetic() || c == '\''))
        // "l'uva", "qu'est", "d'achat": the part before the apostrophe is a word of its own.
        .flat_map(|word| word.split('\''))
        .filter(|word| !word.is_empty() && !named.contains(word))
        .map(str::to_owned)
        .collect();
    let english = all.iter().filter(|word| ENGLISH.split(' ').any(|known| known == *word)).count();
    let best = TABLES
        .iter()
        .map(|table| {
            let in_list = |list: &str, word: &str| list.split(' ').any(|known| known == word);
            let is_strong = |word: &&String| in_list(table.strong, word) && !in_list(ENGLISH, word);
            let (shared, strong): (Vec<&String>, Vec<&String>) =
                all.iter().filter(is_strong).partition(|word| in_list(SHARED, word));
            let weak = all.iter().filter(|word| in_list(table.weak, word)).count() + shared.len();
            // A word that the catalogue does not know: "leche" may be a name, "tienen" is none.
            let new = strong.iter().any(|word| !known(word));
            let marks = usize::from(table.language == Language::Spanish && message.contains(['¿', '¡']));
            (strong.len() + marks * 2, weak, new || marks > 0, table.language)
        })
        .max_by_key(|(strong, weak, _, language)| (strong * 2 + weak, std::cmp::Reverse(*language)));
    let (strong, weak, new, language) = best?;
    let unknown = all.iter().filter(|word| !known(word)).count();
    let foreign = new
        && (strong >= SURE && strong + weak > english
            || strong >= LIKELY && english <= 1
            || strong >= LIKELY && strong + weak >= english
            || strong >= HINT && english == 0 && unknown * 2 >= all.len());
    foreign.then_some(language)
}

/// What is said in that language: what can and cannot be done, around an English example question.
pub(crate) fn reply(language: Language, example: &str) -> String {
    replies::text(language).replace("{}", example)
}

/// A message of which half of the letters are of another script.
fn by_script(message: &str) -> Option<Language> {
    let letters: Vec<char> = message.chars().filter(|c| c.is_alphabetic()).collect();
    let count = |ranges: &[(char, char)]| {
        letters.iter().filter(|c| ranges.iter().any(|(from, to)| (*from..=*to).contains(*c))).count()
    };
    let kana = count(&[('\u{3040}', '\u{30ff}')]);
    let scripts = [
        (count(&[('\u{0400}', '\u{04ff}')]), Language::Russian),
        (count(&[('\u{0370}', '\u{03ff}'), ('\u{1f00}', '\u{1fff}')]), Language::Greek),
        (count(&[('\u{0590}', '\u{05ff}')]), Language::Hebrew),
        (count(&[('\u{0600}', '\u{06ff}')]), Language::Arabic),
        (count(&[('\u{0900}', '\u{097f}')]), Language::Hindi),
        (count(&[('\u{0e00}', '\u{0e7f}')]), Language::Thai),
        (count(&[('\u{ac00}', '\u{d7af}'), ('\u{1100}', '\u{11ff}')]), Language::Korean),
        (kana + count(&[('\u{4e00}', '\u{9fff}'), ('\u{3400}', '\u{4dbf}')]), Language::Chinese),
    ];
    // Scripts without spaces say more with a letter, so a third of the letters is enough.
    let (found, language) = scripts.into_iter().max_by_key(|(found, _)| *found)?;
    if found < 2 || found * 3 < letters.len() {
        return None;
    }
    Some(match language {
        Language::Russian if message.to_lowercase().contains(['і', 'ї', 'є', 'ґ']) => Language::Ukrainian,
        Language::Chinese if kana > 0 => Language::Japanese,
        other => other,
    })
}

/// English words that hold a sentence together, and that the shop's questions are made of.
const ENGLISH: &str = "the of and is are was were be been what which who whom whose when where why how many much do does did \
    done you your we our they their it its this that these those there here i my me a an to for with from by on at as not \
    no but if so than then can could would should will may have has had any some all each every most least more less \
    show give tell list find get got want need buy buys bought sell sells sold order orders ordered customer customers \
    product products item items department departments aisle aisles basket baskets share rate reorder average total \
    number count top bottom highest lowest popular please people shop often per hour day without between compare \
    similar recommend goes together best only about other different first last new never segment segments im whats";

/// Words of the tables that are also English, or stand in the names of products and places; they only count as weak.
const SHARED: &str = "banana bananas plus pour comment pain son mes sur tu ton con sin pan hay el los las mi sobre come media \
    dal dei del chi com carne total popular fruits fruit product over met van till min tag gang ale care cum client ben sen \
    jam dan roti ten ma bao visa latte vino sale le la les du des est et un une no si de die das den dem der her his him she \
    he under after before also good well chat bon mayo sera ora fresco queso leche salsa pane mele uno una do di ki ti ni \
    var ile ay prix par pop brood rate note sans dit dat zit hen om op al as pe bio kim kun";

const TABLES: &[Table] = &[
    Table {
        language: Language::German,
        strong: "der das ein eine einen einem einer eines ist sind und oder nicht kein keine keinen wie wieviel wieviele viele \
            viel welche welcher welches welchen welchem wer wann warum wieso weshalb wo wohin ich du sie wir ihr mich mir \
            dich dir uns euch mein meine meinen meiner dein deine ihre unser unsere eure eurer für von vom zum zur im ins \
            auf aus bei mit nach über unter zwischen durch gegen ohne werden wird wurde wurden haben habt hast hatte \
            kann kannst können könnt könnte soll sollte muss müssen möchte möchten will gibt gib zeig zeige zeigen sag sage \
            nenne liste bestellung bestellungen bestellt bestelle bestellen kunde kunden kundinnen produkt produkte artikel \
            waren ware abteilung abteilungen gang regal warenkorb warenkörbe einkauf einkaufswagen kaufen kauft kaufe \
            gekauft kauften verkauft verkaufen preis preise kostet kosten umsatz gewinn milch brot eier käse obst gemüse \
            bananen äpfel fleisch durchschnitt durchschnittlich durchschnittliche anzahl anteil häufigsten häufig meisten \
            meistverkauften beliebtesten beliebteste beliebt welchem stunde stunden tag tage woche wochen monat jahr heute \
            gestern morgen abend abends vormittag nachmittag insgesamt gesamt bitte danke hallo guten auch noch schon nur \
            wieder mehr weniger als dass weil wenn dann dort hier etwas nichts alles bisherigen anweisungen vergiss ignoriere \
            alle habe empfehlen empfiehl empfehlung empfehlungen ähnlich ähnliche passt dazu zusammen biete bietet lieblings \
            lieferung liefert was",
        weak: "die des den dem in an am so es er was alle bio man war hat",
    },
    Table {
        language: Language::French,
        strong: "le les un une du des et ou est sont êtes suis sommes quel quelle quels quelles combien comment quand pourquoi \
            où qui que quoi je tu il elle nous vous ils elles mon ma mes ton ta tes son sa ses notre nos votre vos leur leurs \
            ce cet cette ces dans avec sans pour par sur sous entre chez vers avez avons avoir ont ai as était peut peux \
            pouvez puis voudrais veux voulez faut dois doit pas plus moins très aussi encore jamais toujours souvent produit \
            produits commande commandes commander commandé commandent client clients cliente clientes acheter achète \
            achètent achetés acheté achat achats vendre vendu vendus vend panier paniers rayon rayons prix coûte coûtent \
            chiffre affaires lait pain oeufs œufs fromage fruits légumes bananes pommes viande moyenne moyen nombre taux \
            réachat département départements populaires populaire meilleur meilleurs meilleure meilleures ventes heure heures \
            jour jours semaine mois année aujourd hui hier matin soir bonjour merci svp plaît montrez montre donnez donne \
            liste cherche trouve trouver recommandez recommande ignorez ignore toutes instructions précédentes fait \
            y-a est-ce quelque chose quelles offre",
        weak: "de la en au aux a on si ne se l d qu c n s y bio et les",
    },
    Table {
        language: Language::Spanish,
        strong: "el los las un una unos unas del al y o es son está están soy eres somos fue qué cuál cuáles cuánto cuánta cuántos \
            cuántas cuanto cuanta cuantos cuantas cómo cuándo cuando dónde donde quién quiénes por porque para con sin sobre \
            entre hasta desde yo tú usted ustedes nosotros ellos ellas mi mis tu tus su sus nuestro nuestra este esta estos estas \
            ese esa hay tiene tienen tengo tienes tenemos puedo puede puedes quiero quiere necesito debo debería más menos muy \
            también nunca siempre producto productos pedido pedidos pedir cliente clientes comprar compro compra compran compras \
            comprado compraron vender vende vendido vendidos vendió carrito cesta pasillo pasillos departamento departamentos \
            precio precios cuesta cuestan ingresos leche pan huevos queso fruta frutas verduras plátanos plátano manzanas carne \
            promedio media número tasa total recompra populares popular mejores mejor ventas hora horas día días semana mes año \
            hoy ayer mañana tarde noche hola gracias favor muestra muéstrame muestre dame dime lista busco buscar encuentra \
            recomienda recomiéndame recomiendas olvida ignora todas instrucciones anteriores modo desarrollador activado cada \
            suelo vendéis tenéis cuál cual cuales",
        weak: "la de en no se a me lo te que es total popular lista media y e",
    },
    Table {
        language: Language::Italian,
        strong: "il lo gli le uno una della dello degli delle dei del dal dalla nel nella nei negli alla allo agli alle sul sulla \
            trovo trovare trova che chi cosa cos quale quali quanto quanta quanti quante come quando dove perché io tu lui lei noi voi loro mio mia \
            miei mie tuo tua suo sua nostro nostra vostro questo questa questi queste quello quella è sono sei siamo siete ha \
            hanno ho hai abbiamo avete ci c'è posso puoi può vorrei voglio devo dovrei con senza per tra fra su anche ancora \
            mai sempre spesso più meno molto prodotto prodotti ordine ordini ordinare ordinato cliente clienti comprare compro \
            compra comprano comprato acquisto acquisti acquistare acquistato vendere venduto venduti vendute vende carrello \
            corsia corsie reparto reparti prezzo prezzi costa costano fatturato latte pane uova formaggio frutta verdura banane \
            banana mele carne media medio numero tasso totale riacquisto popolari popolare migliori vendite ora ore giorno giorni \
            settimana mese anno oggi ieri mattina sera buongiorno ciao grazie favore mostra mostrami dammi dimmi elenca cerco \
            trova consigli consigliami raccomanda ignora tutte istruzioni precedenti ogni",
        weak: "la di a da in i e un non si mi ti al per ho o se banana latte costa come",
    },
    Table {
        language: Language::Portuguese,
        strong: "os uma umas uns da das dos na nas nos ao aos pelo pela pelos e é são está estão sou somos foi que qual quais quanto \
            quanta quantos quantas como quando onde quem porquê por porque eu tu você vocês nós eles elas meu minha meus minhas \
            seu sua nosso nossa este esta esse essa isto tem têm tenho temos posso pode podem quero queria preciso devo deveria \
            com sem sobre entre até desde mais menos muito também nunca sempre não produto produtos pedido pedidos encomenda \
            encomendas cliente clientes comprar compro compra compram compras comprado compraram vender vende vendido vendidos \
            carrinho cesto corredor corredores departamento departamentos preço preços custa custam receita leite pão ovos \
            queijo fruta frutas legumes bananas maçãs carne média número taxa total recompra populares popular melhores vendas \
            hora horas dia dias semana mês ano hoje ontem manhã tarde noite olá obrigado obrigada favor mostra mostre mostrar \
            diga procuro encontra recomenda recomende ignore todas instruções anteriores cada costumo vocês num numa",
        weak: "o a de do em no um se me lista total popular as",
    },
    Table {
        language: Language::Dutch,
        strong: "het een en zijn waren welke welk wat wie waar wanneer waarom hoe hoeveel ik jij je hij zij wij jullie mij mijn \
            jouw ons onze hun niet geen wel ook nog alleen altijd nooit vaak meer minder meeste minste van voor met zonder naar \
            bij uit over tussen tegen door aan op om te kan kunnen kun kunt moet moeten zou wil willen wordt worden heeft hebben \
            heb hebt product producten bestelling bestellingen bestellen besteld bestel klant klanten kopen koop koopt gekocht \
            verkopen verkocht winkelmandje winkelwagen mandje gangpad afdeling afdelingen prijs prijzen kost kosten omzet melk \
            brood eieren kaas fruit groente groenten bananen appels vlees gemiddeld gemiddelde aantal aandeel totaal populairste \
            populair verkochte uur uren dag dagen week maand jaar vandaag gisteren ochtend avond hallo dank bedankt alsjeblieft \
            alstublieft graag toon laat zien geef noem zoek vind aanbevelen aanraden raad negeer alle vorige instructies zitten \
            zit er dit dat deze die elke per",
        weak: "de in per week product fruit die er was over had",
    },
    Table {
        language: Language::Polish,
        strong: "ile jest są jaki jaka jakie jakich który która które których kto kiedy gdzie dlaczego jak co czy nie tak się mam \
            masz ma mamy macie mają mój moja moje nasz wasz ten ta tego tym tych dla przez przed po nad pod między bez od \
            oraz albo lub ale też także tylko zawsze nigdy często więcej mniej najczęściej najwięcej najbardziej produkt produkty \
            produktów zamówienie zamówienia zamówień zamówić klient klienci klientów kupić kupuję kupuje kupują kupowane \
            kupował sprzedaż sprzedaje sprzedano koszyk koszyka koszyku dział działu działy alejka cena ceny kosztuje mleko \
            mleka chleb jajka ser owoce warzywa banan banany bananów jabłka mięso średnia średnio liczba udział razem popularne \
            popularny godzina godziny godzinie dzień dnia dni tydzień miesiąc rok dzisiaj dziś wczoraj rano wieczorem cześć \
            dzień dobry dziękuję proszę pokaż podaj znajdź szukam polecasz poleć zignoruj wszystkie poprzednie instrukcje mi",
        weak: "w z i na do to o a u za jest",
    },
    Table {
        language: Language::Swedish,
        strong: "och är det den ett som inte hur många mycket vilka vilken vilket vad vem när varför jag du vi ni mig mitt min mina \
            din ditt vår era för med utan från till på av om eller också bara alltid aldrig ofta mer mindre flest minst kan ska \
            skulle vill har hade finns visa ge köpa köper köpt beställning beställningar beställa kunder kund produkter vara varor \
            avdelning pris kostar mjölk bröd ägg ost frukt grönsaker genomsnitt genomsnittlig antal andel populäraste timme dag \
            vecka månad hej tack snälla rekommendera",
        weak: "i en de man var under",
    },
    Table {
        language: Language::Danish,
        strong: "og er det den et som ikke hvor mange meget hvilke hvilken hvilket hvad hvem hvornår hvorfor jeg du vi mig mit min \
            mine din vores til på af eller også kun altid aldrig ofte mere mindre flest kan skal ville vil har havde findes vis giv \
            købe køber købt bestilling bestillinger ordre ordrer kunder kunde produkter varer vare afdeling pris koster mælk brød \
            æg ost frugt grøntsager gennemsnit gennemsnitlig antal andel populære mest time dag uge måned hej tak anbefal bestille \
            kjøpe melk hva hvordan ikke bestillinger",
        weak: "i en de med for om",
    },
    Table {
        language: Language::Finnish,
        strong: "kuinka monta paljonko mikä mitä mitkä missä milloin miksi kuka minä sinä me te he minun on ovat ei ole ja tai mutta \
            myös vain aina usein eniten vähiten tilaus tilausta tilauksia tilauksessa asiakas asiakkaat asiakasta tuote tuotteet \
            tuotteita ostaa ostan ostavat ostettu myydään hinta maksaa maito maitoa leipä munat juusto hedelmät vihannekset \
            keskimäärin keskiarvo määrä osuus suosituin suosituimmat tunti päivä viikko kuukausi hei kiitos näytä anna suosittele",
        weak: "on me he te",
    },
    Table {
        language: Language::Czech,
        strong: "kolik je jsou jaký jaká jaké které který která kdo kdy kde proč jak co já ty my vy můj moje náš váš ne není nebo ale \
            také jen vždy nikdy často více méně nejvíce nejméně nejčastěji objednávka objednávky objednávek zákazník zákazníci \
            zákazníků produkt produkty produktů koupit kupuji kupují koupeno prodává prodáno košík oddělení cena ceny stojí mléko \
            mléka chléb vejce sýr ovoce zelenina průměr průměrně počet podíl hodina den týden měsíc ahoj děkuji prosím ukaž \
            doporuč najdi",
        weak: "je na do v z s a to my",
    },
    Table {
        language: Language::Romanian,
        strong: "câte câți cate care cine când unde cum ce este sunt eu tu noi voi mea meu mele și sau nu din pentru cu fără la pe \
            mai mult multe puțin cel cele comenzi comandă comanda clienți client clienții produs produse produsele cumpăra \
            cumpăr cumpără cumpărat vândut vinde preț prețul costă lapte pâine ouă brânză fructe legume medie numărul total ora \
            ziua săptămână lună bună mulțumesc arată recomandă aveți ați",
        weak: "de la in un o a se la",
    },
    Table {
        language: Language::Hungarian,
        strong: "hány mennyi melyik ki mikor hol miért hogyan milyen én te mi ti ők van vannak nincs és vagy nem csak is mindig \
            soha gyakran több kevesebb legtöbb legtöbbet rendelés rendelések rendelést vásárló vásárlók ügyfél termék termékek \
            terméket vásárol vásárolnak venni veszek eladott ár ára kerül tej tejet kenyér tojás sajt gyümölcs zöldség átlag \
            átlagosan szám arány óra nap hét hónap szia köszönöm kérem mutasd ajánlj a az egy",
        weak: "a is de",
    },
    Table {
        language: Language::Turkish,
        strong: "kaç kac hangi ne nedir kim nerede neden nasıl nasil ben sen biz siz benim bizim ve veya değil degil için icin ile var \
            yok mı mi mu mü çok az daha en her sipariş siparis siparişler müşteri musteri müşteriler ürün urun ürünler ürünü satın \
            alıyor aldı alıyorum satılan satıldı fiyat fiyatı süt ekmek yumurta peynir meyve sebze ortalama sayısı toplam oran \
            popüler saat gün hafta ay merhaba teşekkürler lütfen göster öner bul",
        weak: "en var on mi ay",
    },
    Table {
        language: Language::Vietnamese,
        strong: "có bao nhiêu đơn hàng khách sản phẩm nào gì là của và không được mua bán giá sữa bánh mì trứng nhiều nhất trung bình \
            tôi bạn cho hãy xin chào cảm ơn ở đâu khi",
        weak: "la cho ban",
    },
    Table {
        language: Language::Indonesian,
        strong: "berapa banyak apa siapa kapan mana mengapa kenapa bagaimana saya anda kamu kami kita yang dan atau tidak bukan untuk \
            dengan dari di ke pada ada adalah pesanan pelanggan produk barang beli membeli dibeli dijual terjual harga susu roti \
            telur keju buah sayur rata jumlah total paling sering populer jam hari minggu bulan halo terima kasih tolong tampilkan \
            rekomendasikan",
        weak: "total di ke",
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builtin::{link::link, normalise::normalise, vocabulary::tests::small_shop};

    fn language(message: &str) -> Option<Language> {
        let shop = small_shop();
        let tokens = normalise(message, &shop);
        foreign_language(message, &Words::new(&tokens, &link(&tokens, &shop)), |word| shop.knows(word))
    }

    #[test]
    fn short_questions_in_other_languages_are_told_apart() {
        use Language::*;
        for (expected, message) in [
            (German, "Welche Abteilung verkauft am meisten?"),
            (German, "hallo, habt ihr Hafermilch"),
            (German, "Wie hoch ist der Anteil von Banana an allen Bestellungen"),
            (French, "Combien de clients avons-nous ?"),
            (French, "qu'est-ce qui va bien avec Whole Milk ?"),
            (French, "je cherche du pain"),
            (Spanish, "¿Cuál es el producto más vendido?"),
            (Spanish, "cuantos pedidos tienen Banana"),
            (Italian, "quali prodotti si vendono di più"),
            (Italian, "avete il latte di soia?"),
            (Portuguese, "quantos pedidos foram feitos de manhã?"),
            (Portuguese, "vocês têm leite sem lactose"),
            (Dutch, "welke producten worden het meest verkocht?"),
            (Dutch, "heb je havermelk"),
            (Polish, "Ile zamówień złożono rano?"),
            (Polish, "czy macie mleko"),
            (Swedish, "hur många beställningar finns det"),
            (Danish, "hvor mange kunder har I"),
            (Finnish, "kuinka monta tilausta on"),
            (Turkish, "en çok satılan ürün hangisi"),
            (Russian, "сколько всего заказов?"),
            (Ukrainian, "скільки всього замовлень є"),
            (Greek, "πόσες παραγγελίες υπάρχουν"),
            (Arabic, "كم عدد الطلبات"),
            (Hebrew, "כמה הזמנות יש"),
            (Hindi, "कितने ऑर्डर हैं"),
            (Chinese, "一共有多少订单？"),
            (Japanese, "注文はいくつありますか"),
            (Korean, "주문이 몇 개입니까"),
            (Thai, "มีคำสั่งซื้อกี่รายการ"),
        ] {
            assert_eq!(language(message), Some(expected), "{message}");
        }
    }

    #[test]
    fn english_with_foreign_names_stays_english() {
        for message in [
            "do you have dulce de leche?",
            "find pain au chocolat",
            "crème fraîche",
            "pico de gallo",
            "where is the sauerkraut",
            "how many orders contain pasta al dente",
            "jalapeño chips",
            "what goes with piña colada mix",
            "açai",
            "top 10",
            "xyzzy",
            "die cut labels",
            "reorder rate of la croix",
            "orders on day 0",
        ] {
            assert_eq!(language(message), None, "{message}");
        }
    }

    #[test]
    fn every_language_has_a_reply_with_the_example() {
        let all = TABLES.iter().map(|table| table.language).chain([
            Language::Russian,
            Language::Ukrainian,
            Language::Greek,
            Language::Hebrew,
            Language::Arabic,
            Language::Hindi,
            Language::Thai,
            Language::Chinese,
            Language::Japanese,
            Language::Korean,
        ]);
        for language in all {
            let text = reply(language, "How many orders are there?");
            assert!(text.contains("“How many orders are there?”"), "{language:?}: {text}");
            assert!(!text.chars().any(char::is_numeric), "{language:?}: {text}");
        }
    }
}
