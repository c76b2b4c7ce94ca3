//! The rules of what the data does not hold, by subject; see [`super`] and `patterns`.

use super::Outside::{
    self, Calendar, Company, Forecast, Health, Money, Nutrition, Opinion, Person, Place, Quantity, Service,
    Stock, World,
};

/// The rules, by subject. The first that holds gives the reason.
pub(crate) const OUTSIDE_DATA: &[(&str, Outside)] = &[
    // Money.
    ("price|pricing|priced|pricey|pricier|priciest|underpriced|overpriced|elasticity", Money),
    ("cost|costing|costly|costlier|costliest|cogs", Money),
    ("cheap|cheaper|cheapest|expensive|inexpensive|affordable|afford|bargain|budget", Money),
    ("revenue|turnover|gmv|profit|profitable|profitability|margin|markup|aov|arpu|roi", Money),
    ("earn|earning - item|order", Money),
    ("money|cash|dollar|euro|buck|usd|eur|gbp|pound sterling|in cents|currency|monies", Money),
    ("spend|spent|spending|spender|wallet|expenditure|outlay", Money),
    ("discount|discounted|coupon|voucher|promo|promotion|promotional|rebate|markdown|clearance", Money),
    (
        "special offer|special deal|on offer|any offers|offers on|offers today|current offers|weekly offers - add on offer|add ons",
        Money,
    ),
    ("on =sale|=deal|=deals|bogo|two for one|half off|percent off|% off", Money),
    (
        "pay|paid|payment|payed|checkout total|invoice|receipt|billed|tax|vat|surcharge|credit card|debit card|paypal",
        Money,
    ),
    // A customer's worth is what is expected of them, in items.
    (
        "worth - customer|segment|shopper|buyer|each user|worth it|worth its|worth their|worth a look|worth knowing|worth noting|worth looking|worth mentioning|worth keeping|worth having|worth stocking|worth reporting|worth buying|worth trying|worth a try|worthwhile",
        Money,
    ),
    (
        "order value|basket value|cart value|value of an order|value of a basket|ticket size|average ticket",
        Money,
    ),
    (
        "in monetary terms|sales value|gross sales|net sales|financial|financially|economics|bottom line",
        Money,
    ),
    (
        "buy one get one|get one free|two for the price|three for two|for the price of|bring in money|brings in money|brought in money|bring in cash|bring in the most money|brings in the most money|bring in the most cash|=takings|take at the till|did we make|do we make|we make on|we make from|make per order|makes the most per|paid so far|purchasing - orders ~ bring|back",
        Money,
    ),
    (
        "^ how much is|^ how much are|^ how much for|^ so how much is|^ and how much is|what do ~ cost|what does ~ cost - sold|ordered|bought|reordered|reorder|share|percent|of|that|this|organic|left|repeat|new|hour|per|from|it|in|on|order|repurchased|rebought|day",
        Money,
    ),
    (
        "shell out|shelling out|fork out|cough up|set me back|setting me back|run me for|better value|best value|value for money|good value|card did i use|card did i pay|which card did i|what card did i",
        Money,
    ),
    ("on special + anything|what|which|is|are|today|this week", Money),
    ("fee|charge|charged|income statement|p&l|ebit|ebitda|cash flow|break even", Money),
    // What keeps for how long is no question of the calendar.
    (
        "expiry date|expiration date|expiry dates|expiration dates|use by date|best before|sell by date|best by date",
        Stock,
    ),
    // Calendar.
    (
        "month|monthly|year|yearly|annual|annually|decade|century|calendar|fiscal|yoy|semester|fortnightly - year old|years old|month old|months old|weekly shop",
        Calendar,
    ),
    (
        "last quarter|this quarter|next quarter|per quarter|by quarter|each quarter|every quarter|which quarter|previous quarter|first quarter|second quarter|third quarter|fourth quarter|quarterly|quarter over quarter|q1|q2|q3|q4|h1|h2",
        Calendar,
    ),
    ("january|february|march|april|june|july|august|september|october|november|december", Calendar),
    ("=jan|=feb|=apr|=aug|=sept|=sep|=oct|=nov|=dec", Calendar),
    (
        "in =may|last =may|since =may|until =may|during =may|of =may|for =may|=may @|=may and june|april and =may",
        Calendar,
    ),
    (
        "yesterday|tomorrow|the other =day|day before yesterday - talked about|spoke about|we discussed|i asked|mentioned",
        Calendar,
    ),
    (
        "today|tonight|this morning|this afternoon|this evening|right now|at the moment|so far today + how many|number of|count|sale|sell|sold|selling|top|best seller|bestseller|popular|trend|figure|order|ordered|busy|busiest - should i|recommend|suggest|what to|i want|i need|looking for|for dinner|for me|do you sell|please order",
        Calendar,
    ),
    (
        "last week|this week|past week|previous week|per week|weekly|by week|each week|every week|week by week|calendar week|which week|what week|=weeks of|last weeks|past weeks - last order within the|last order in the|weekly shop|weekly shopping|weekly groceries|weekly grocery|i need|should i|recommend|suggest|looking for|do you have|i want",
        Calendar,
    ),
    ("next week - expect|expected|expecting|churn|risk|chance|probability|likely|recommend", Calendar),
    ("last weekend|this weekend|past weekend", Calendar),
    (
        "last monday|last tuesday|last wednesday|last thursday|last friday|last saturday|last sunday|this monday|this tuesday|this wednesday|this thursday|this friday|this saturday|this sunday",
        Calendar,
    ),
    (
        "what date|which date|order date|by date|per date|each date|date of|on date|exact date|date did|date was|date range|dates are|first date|last date|timestamp|time stamp|since when|how recent is|date and time|the date|date please|date of the|which day exactly|exactly when|when exactly - mean|name|medjool|word|up to date|date the data",
        Calendar,
    ),
    (
        "summer|winter|autumn|summertime|wintertime|springtime - summer squash|summer sausage|winter squash|winter melon|summer roll",
        Calendar,
    ),
    (
        "in spring|in the spring|last spring|this spring|during spring|every spring|spring season|spring and summer|spring vs|than spring|spring compared|in =fall|in the =fall|last =fall|this =fall|during =fall|every =fall|=fall and winter|=fall vs|=fall season",
        Calendar,
    ),
    (
        "season|seasonal|seasonality|seasonally|time of year - flu season|cold season|grilling season|grill season|barbecue season|bbq season|soup season|baking season|allergy season|season my|season the|to season|season it",
        Calendar,
    ),
    (
        "christmas|xmas|thanksgiving|easter|halloween|hanukkah|ramadan|diwali|passover|valentine|valentines|superbowl|super bowl|black friday|cyber monday|labor day|labour day|memorial day|independence day|mothers day|mother day|fathers day|new years|cinco de mayo|holiday|boxing day|lent|carnival|oktoberfest - party|dinner|cookies|cookie|candy|candies|i need|do you have|looking for|idea|find|recommend|suggest",
        Calendar,
    ),
    (
        "@ + in @|since @|during @|of @|before @|after @|until @|from @|for @|year @|between @|by @ $|vs @|versus @|than in @|and @",
        Calendar,
    ),
    (
        "trend|trendline|over time|over the year|through time|time series|timeline|historical development|in the past few|so far this - order number|hour|day number|first order|cart position|^ trend $|trend of that|trend of this|trend of it|trend of those",
        Calendar,
    ),
    (
        "grow|grew|growth|grown|growing|decline|declined|declining|rising|rose|shrank|shrinking|dropped off|gone up|gone down|going up|going down|went up|went down|increased|decreased|gained|lost ground|development of|evolved|changed since|change since|up or down|picked up - ever picked up|picked up anything|picked up something|picked up any|picked up one|picked up at least|who picked up|who have picked up|who has picked up|customers picked up|shoppers picked up|people picked up|buyers picked up|order number|first order|second order|tenth order|# order|hour|order size|basket size|later order|each order|flour",
        Calendar,
    ),
    (
        "minute|per second|split second|half past|quarter past|quarter to - last minute|rice|noodle|oatmeal|minute maid",
        Calendar,
    ),
    (
        "when was|when did|when were + first order placed|first ordered|opened|founded|launched|introduced|sign up|signed up|registered|join|joined|become|start|started|added to the catalogue - i",
        Calendar,
    ),
    (
        "signed up|sign up|signup|registration|registered|account age|launch|launched|newly listed|introduced - recommend|introduce me|introduced me",
        Calendar,
    ),
    ("lockdown|pandemic|covid|corona|recession|inflation", Calendar),
    // What would be, and what lies too far ahead.
    (
        "what would happen|what will happen|what if|if we raised|if we raise|if we lowered|if we lower|if we doubled|if we double|if we increase|if we increased|if we cut|if we reduced|if we drop|if we dropped|if we stopped|if we stop|if we moved|if we move|if we removed|if we remove|if we closed|if we introduced|if we offered|if we changed|if we sold - ^ what if it is|^ what if it was|^ what if we take|^ what if we look|^ what if i take|^ what if we only|^ what if we leave|^ what if we exclude|^ what if we ignore|^ what if we skip|^ what if i leave|^ what if i exclude",
        Forecast,
    ),
    (
        "suppose we|supposing we|assume we|assuming we|imagine we|provided we|in case we|if we put|if we place|if we offer|if we open|if we add|if we sell|if we started|if we start|if we ran|if we run|if we gave|if we give|if prices|if the price|if a competitor|if everyone|if everybody - look|count|only|keep|^ what if it is|^ what if it was|^ what if we take|^ what if we look|^ what if i take",
        Forecast,
    ),
    (
        "^ why do|^ why does|^ why did|^ why are|^ why have|^ why has|^ why don|reason why|the reason for|reasons for|what makes people|what makes customers|what drives|what explains - that|this|it|they|those|these|segment|group|am i|you|reason for concern|reasons for concern|reason for alarm",
        Forecast,
    ),
    ("long term|in the long run|in the far future|forever|in the future|long range", Forecast),
    ("cause of|caused by|what caused|what causes|because of what|root cause", Forecast),
    // Persons.
    (
        "gender|demographic|demographics|ethnicity|ethnic|religion|religious|marital|married|divorced|unmarried|occupation|profession|nationality|education level|educated|sexual",
        Person,
    ),
    (
        "male|female|men|women|man|woman|boy|girl|lady|gentleman|sex + customer|shopper|buyer|user|client|how many|share|percent|percentage|proportion|number of|prefer|more than|do|who|average|by sex - find|looking for|razor|deodorant|shampoo|vitamin|got any|do you have|multivitamin",
        Person,
    ),
    (
        "age|ages|how old|age group|teenager|teen|millennial|millennials|boomer|gen z|elderly|retiree|retired|pensioner|student|young people|older people|young customer|young shopper|old customer|older customer|younger customer|younger|senior citizen|adults over - how old is the data|data|old is ~ order|old are ~ orders|age old",
        Person,
    ),
    (
        "email|e mail|emails|phone|telephone|mobile number|cell number|address|surname|first name|last name|full name|real name|customer name|shopper name|user name|username|maiden|contact detail|contact information|contact data|contact them|contact him|contact her|password|passcode|passport|social security|ssn|credit score|date of birth|birth date|birthdate|birth|fingerprint|photo of - on the phone|on the telephone|over the phone",
        Person,
    ),
    (
        "who is customer #|who is user #|who is shopper #|customer + their name|his name|her name|the name of the person|=called - segment",
        Person,
    ),
    (
        "name of ~ customer|name of ~ shopper|name of ~ user|name of ~ buyer|name of ~ client|names of|her name|his name|customers by name|customer called|customers named|customer named - segment|group|product|aisle|department",
        Person,
    ),
    (
        "with kid|with child|with children|have kid|have child|have children|number of child|children per|family size|household size|size of ~ household|size of ~ family|single parent|parents of|couple|bachelor|people per household|live alone|living alone|pet owner|own a dog|own a cat|dog owner|cat owner",
        Person,
    ),
    (
        "income|salary|wealthy|wealth|rich customer|rich people|poor people|middle class|affluent|low earner",
        Person,
    ),
    (
        "where ~ customer live|where ~ people live|where ~ shopper live|where does customer ~ live|customers live|lives in|live in|living in|residence|home town|hometown",
        Person,
    ),
    (
        "young family|young families|family with|families with|mostly family|mostly families|single household|single households|pensioners|students or|teenage|generation z|generation - a single household",
        Person,
    ),
    ("write her|write him|call him|call her|mail them|email them|thank you card|write them a", Person),
    (
        "smoker|smoking|overweight people|overweight customer|overweight shopper|overweight buyer|is overweight|are overweight|obese|criminal|arrested|political view|vegetarian customers are|left handed|pregnant customers|sexuality",
        Person,
    ),
    // Places.
    (
        "city|cities|town|countries|which country|what country|by country|per country|each country|country of|from country|county|region|regional|regionally|continent|postcode|zipcode|zip code|zip codes|postal|neighbourhood|neighborhood|suburb|suburban|urban|rural|geographic|geography|geographical|latitude|longitude|territory",
        Place,
    ),
    ("which state|what state|by state|per state|each state|=states|state of residence", Place),
    (
        "where + next store|next shop|next branch|next supermarket|closest supermarket|nearest supermarket",
        Place,
    ),
    (
        "location|branch|branches|outlet|which store|which stores|per store|by store|each store|=stores|other shops|which shop|per shop|by shop|flagship|franchise|nearest|nearby|near me|closest store|closest shop|closest to me|parking - branch out",
        Place,
    ),
    (
        "where is your ~ shop|where is your ~ store|where is the shop|where is the store|where is this shop|where is this store|where is ~ nearest|where are you|where are your shop|where are your store|where are your branch|where are your office|where can i visit|where is your shop|where is your store|where is your office|where is your branch|where is your location|where is your address|where is your company|where is your warehouse|where is your headquarter|where is your building|where is your business|directions to|how do i get to your|how do i get to the shop|how do i get to the store|how do i get there|headquarter|head office",
        Place,
    ),
    (
        "close to me|near here|close by|around here|round here|in my area|in my street|in my town|around the corner|round the corner|round my corner + store|shop|branch|market|supermarket|are you|you got|have you|do you",
        Place,
    ),
    (
        "in new york|in california|in texas|in florida|in chicago|in boston|in seattle|in san francisco|in los angeles|in london|in paris|in berlin|in munich|in madrid|in rome|in germany|in france|in italy|in spain|in mexico|in canada|in china|in japan|in india|in europe|in america|in the us|in the usa|in the uk|in england|in brooklyn|in manhattan|in miami|in denver|in atlanta|in australia|in africa|in asia|from california|from texas|from florida|from chicago|from boston|from seattle|from new york|from san francisco|from los angeles|from london|from berlin|from paris|from the west|from the east|from the north|from the south|in oregon|in ohio|in georgia|in illinois|in michigan|in arizona|in washington|in nevada|from germany|from france|from canada|from mexico|from the city|from abroad|live nearby|lives nearby|east coast|west coast|midwest|overseas",
        Place,
    ),
    (
        "country of origin|where ~ come from|where ~ grown|where ~ made|where ~ produced|where ~ sourced|made in|grown in|locally grown|imported|imports - order made|orders made|order are made|orders are made|made in the hour|figure|number|value|rate|result|share|percentage|this come|that come",
        Place,
    ),
    // Stock.
    (
        "on hand|on the shelf right|have on the shelf|left on the shelf|on our shelves|on the shelves now|on the shelves right|shelf was empty|in stock|out of stock|on stock|stock level|stock left|stock of|how much stock|low on stock|stock count|stock turnover|stockout|stockouts|safety stock|current stock|overstock|overstocked|understocked|stock keeping|stock up date - instead|alternative|substitute|replace|similar|is there any ~ in stock|have you got in stock|have you got ~ in stock|have you any ~ in stock|do you have any ~ in stock|got any ~ in stock|you got in stock|what ~ you have in stock",
        Stock,
    ),
    ("in stock + today|now|right now|still|currently|back|again|tomorrow|yet", Stock),
    (
        "inventory|warehouse|backorder|back order|sold out|availability|still available|available today|available now|available right now|storeroom - lines ~ sell out of|items ~ sell out of|lines ~ sold out of|items ~ sold out of|instead|alternative|substitute|replace|replacement|similar|else|plan b|next best|backup|fallback",
        Stock,
    ),
    (
        "how many ~ left|how much ~ left|are left|is left|units left|left in|any left|there any ~ left|still any ~ left|got any ~ left|have any ~ left|pieces left - leave|out|drop|remove|delete|exclude|excluding|discard|discarding|without|cut|cutting|ignore|ignoring|skip|filter|filtering|ditch|eliminate|minus|dropping|removing",
        Stock,
    ),
    (
        "shelf life|expire|expiry|expired|expiration|best before|use by date|sell by date|go bad|spoil|spoiled|spoilage|food waste|wasted|shrinkage|thrown away|rotten|perishable|freshest|how fresh is the|how fresh are|^ is the ~ fresh $|^ are the ~ fresh $|^ is your ~ fresh|how long does ~ keep|how long do ~ keep|how long does ~ last|how long do ~ last|how long will ~ keep|how long can i keep|still good - data|figure|customer|order",
        Stock,
    ),
    (
        "baked today|baked this morning|baked fresh today|made today|made this morning|caught today|caught this morning|picked today|picked this morning|fresh today|fresh from today|came in today|came in this morning|in house baked|how much waste|amount of waste",
        Stock,
    ),
    // Services.
    (
        "where is my stuff|where are my things|where are my groceries|where are my bags|where is my shopping|where is my food|where are my items|should have been here|should be here by now|should have come|not here yet|never arrived|never came|never showed up|has not come|have not come|has not shown up|have not shown up|has not turned up|never turned up",
        Service,
    ),
    (
        "club card|store card|bonus card|points card|point card|reward card|rewards card|collect points|earn points|redeem points|redeem my points|have points|any points|my points|is there a toilet|a customer toilet|have a toilet|use the toilet|use your toilet|use your bathroom|use the bathroom|pick it up myself|pick them up myself|pick it up at|pick up my order|pick my order up|collect it myself|collect my order",
        Service,
    ),
    (
        "deliver|delivers - delivers the most|deliver the most|delivers most|deliver most|delivers the fewest|deliver the fewest|deliver the top|deliver me|deliver us|deliver a table|deliver a list|deliver the list|deliver a chart",
        Service,
    ),
    (
        "delivery|=delivered|deliverable|shipping|shipped|shipment|courier|driver|parcel|my package|my delivery|my shipment|pickup|pick up point|click and collect|curbside|tracking|track my|delivery slot|delivery window|delivery fee|ship to - table|list|report|chart|ranking|overview|figures",
        Service,
    ),
    (
        "order status|status of my order|status of order|where is my order|when will ~ arrive|when does ~ arrive|running late|delayed|arrive late|arrived late|arrive on time|arrived on time|arrive damaged|arrived damaged|my order ~ arrive|my order ~ arrived|my groceries ~ arrive|it arrive|arrival time|time of arrival|late arrival",
        Service,
    ),
    // Orders arrive at the shop at an hour.
    (
        "arrive|arrived|arrival - orders arrive|order arrive|orders ~ arrive|of them arrive|arrive in the|arrived in the|arrive before|arrived before|arrive after|arrived after|arrive between|arrived between|arrived at #|arrive at #|arrive at hour|arrived at hour|first arrive",
        Service,
    ),
    (
        "refund|refunded|return policy|want to return|can i return|could i return|how do i return|return it|return this|return an item|returned item|returned product|item returned|items returned|product returned|products returned|get returned|got returned|was returned|were returned|are returned|return rate|number of returns|many returns|=returns per|sent back|send back|send it back|exchange policy|exchange it|damaged|broken item|defective|recalled|recall",
        Service,
    ),
    (
        "opening hour|opening time|do you open|are you open|open on|still open|open today|store hour|shop hour|business hour|closing time|do you close|shop close|store close|open until|open late|when do you open|hours are you",
        Service,
    ),
    (
        "complaint|complain|complained|customer service|customer support|hotline|help desk|call center|call centre|speak to a|talk to a human|human agent|real person|satisfaction|how satisfied|satisfied customer|customers satisfied|nps|net promoter|warranty|gift card|gift wrap|gift voucher|loyalty program|loyalty programme|loyalty card|loyalty point|reward point|bonus point|membership|subscription|subscriber|substituted|replacement policy|wait time|waiting time|queue",
        Service,
    ),
    (
        "^ add ~ to my basket|^ add ~ to my cart|^ add ~ to the basket|^ add ~ to the cart|^ put ~ in my basket|^ put ~ in my cart|^ put ~ into my basket|^ put ~ into my cart|^ please add ~ to my basket|^ please add ~ to my cart|^ remove ~ from my basket|^ remove ~ from my cart|^ take ~ out of my basket|^ take ~ out of my cart|^ empty my basket|^ empty my cart|^ clear my basket|^ clear my cart|^ buy it now|^ order it $|^ order them $",
        Service,
    ),
    (
        "cancel my order|cancel an order|cancelled|canceled|cancellation|change my order|modify my order|place an order for me|place my order|order it for me|buy it for me|check out now|pay for my",
        Service,
    ),
    // The company.
    (
        "supplier|vendor|manufacturer|wholesaler|distributor|procurement|sourcing|who makes|who produces|farmer|purchasing department",
        Company,
    ),
    (
        "which brand|what brand|by brand|per brand|each brand|top brand|top # brand|brand share|private label|store brand|own brand|brand loyalty|popular brand|best brand|brand awareness|brands do we - brands of|brand of|do you have|do you carry|do you sell|have you got",
        Company,
    ),
    (
        "employee|coworkers|personnel|staff headcount|our headcount|company headcount|wage|hiring|hire|hired|payroll|shareholder|investor|job opening|vacancy|vacancies",
        Company,
    ),
    (
        "which picker|what picker|many picker|many cashier|which cashier|per picker|per cashier|by picker|by cashier|each picker|each cashier|every picker|number of picker|number of cashier|best picker|fastest picker|slowest picker|picker speed|picker performance|picker productivity|picker error|picker work|picker make|picker earn|picker pack|picker take|pickers do we|cashiers do we|our picker $|average picker|picker per|picker need|who ~ picker|who ~ cashier",
        Company,
    ),
    (
        "night shift|late shift|early shift|day shift + headcount|works|worker|worked|staff|people on|on the team|productivity|productive|paid|who|how long|how big|crew|volunteer|understaffed - order|item|hours #|hour #",
        Company,
    ),
    (
        "staff|worker|manager|director|ceo|cfo|in charge of|responsible for|boss + who|whose|name of|how many|number of|contact|salary|how old|salaries|which|performance of|list - my|our ~ wants|our ~ asked|team lead",
        Company,
    ),
    (
        "competitor|competition|competing|rival|walmart|amazon|kroger|costco|aldi|lidl|tesco|carrefour|safeway|whole foods|trader joe|ikea|market share|benchmark|industry average|industry|other retailers|other grocers|other supermarkets",
        Company,
    ),
    (
        "marketing|campaign|advert|advertising|advertisement|advertised|=ads|facebook|instagram|google|tiktok|twitter|youtube|newsletter|social media|influencer|flyer|leaflet|billboard|referral|referred|seo|survey|conversion rate|conversion|click|clicked|click through|impression|page view|pageview|website traffic|web traffic|bounce rate|abandoned cart|cart abandonment|abandon|wish list|wishlist|push notification|mailing list|sponsor|a b test|sponsored",
        Company,
    ),
    (
        "mobile app|=app|website|smartphone|iphone|android|browser|which device|by device|per device|desktop|online or|in store or|offline|sales channel|by channel|per channel|which channel|self checkout|checkout lane|footfall|foot traffic",
        Company,
    ),
    (
        "planogram|shelf space|end cap|endcap|square feet|square meter|floor space|energy consumption|carbon footprint|co2|emission|sustainability|sustainable|recyclable|plastic packaging|packaging waste|theft|shoplifting|shoplifter",
        Company,
    ),
    // Nutrition.
    (
        "calorie|calories|kcal|kilojoule|nutrition|nutritional|nutrient|nutritious|nutriscore|=macros|glycemic|glycaemic|superfood - nutritional yeast|zero calorie|zero calories|no calories|no calorie|without calories|without calorie|calorie free",
        Nutrition,
    ),
    (
        "sugar|fat|protein|carb|carbohydrate|sodium|salt|fiber|fibre|cholesterol|caffeine|vitamin|iron|calcium|potassium + per 100|per serving|per portion|grams of|gram of|amount of|content",
        Nutrition,
    ),
    (
        "sugar|fat|protein|carb|carbohydrate|sodium|salt|fiber|fibre|cholesterol|caffeine|vitamin|iron|calcium|potassium + has the most|have the most|has the least|have the least|has most|have most|has more|have more|has less|have less|contains the most|contain the most|contains more|contains less|contain more|mg|highest in|lowest in|richest in|how much sugar|how much fat|how much protein|how much salt|how much sodium|how much caffeine|how much fiber|how much fibre|how many carb - sell|sold|bought|buy|order|name",
        Nutrition,
    ),
    (
        "ingredient|additive|preservative|artificial colour|artificial color|sweetener in|what is ~ made of|what are ~ made of|^ is ~ made from|^ are ~ made from|what is ~ made from|made out of|contain meat - aisle|looking for|find|i need|i want|do you have|show me|do you sell|do you carry|got any|ingredients for|ingredients to|which cheese",
        Nutrition,
    ),
    (
        "healthy ~ option|healthier|healthiest|unhealthy|unhealthiest|unhealthier|how healthy|is ~ healthy|are ~ healthy|most healthy|healthy or|good for my health|good for your health|good for me|good for you|bad for me|bad for you|fattening|junk food - no good for me|not good for me",
        Nutrition,
    ),
    // Health.
    (
        "allergy|allergic|allergen|allergens|allergies|intolerance|intolerant|anaphylactic|celiac|coeliac - relief|medicine|tablet|aisle|lactose intolerant|lactose intolerance|gluten intolerant|gluten intolerance",
        Health,
    ),
    (
        "safe to|is ~ safe|are ~ safe|safe for|safely|can i eat|may i eat|am i allowed|should i avoid|can my ~ eat|may my ~ eat|can babies|can dogs|can cats|can children|poisonous|toxic|toxin - can i eat with|may i eat with|can i eat ~ with|eat it with|eat them with",
        Health,
    ),
    (
        "pregnant|pregnancy|breastfeeding|breastfeed|diabetes|diabetic|blood pressure|blood sugar|heart disease|cancer|disease|illness|symptom|medical|medically|prescription|side effect|dosage|cure|headache|hangover|getting fat|get fat|make me fat|makes me fat|gain weight|lose weight|weight loss|losing weight|diet plan|my diet|ibs|cholesterol level|immune system|medication - find|got any|do you have|looking for|are there|show me|i need",
        Health,
    ),
    (
        "does ~ contain|do ~ contain|contains|is there|are there|does ~ have|free of + any gluten|any nut|any dairy|any lactose|any pork|any gelatin|trace of|traces of|may contain|contain nuts|contain gluten|contain peanut|contain peanuts|contain lactose|contain dairy|contain soy|contain egg|contain wheat|contain pork|contain gelatin|contain alcohol|have nuts in|have gluten in|gluten in it|nuts in it - free|order|basket|cart|how many|name",
        Health,
    ),
    (
        "doctor - doctor said|doctor says|doctor told|doctor recommended|doctor wants|find|got any|do you have|looking for|are there|show me|i need",
        Health,
    ),
    // Opinions.
    (
        "happy|satisfied|dissatisfied|unhappy|content with us|angry|enthusiastic + our customer|our shopper|our client|our buyer|customers are|are customer|are the customer|shoppers are|are shopper|are people with - happy to|happy hour",
        Opinion,
    ),
    // Who may buy what is settled where it is handed over.
    (
        "i am #|i =m #|im #|underage|under age|minor|my kid|my son|my daughter|my teenager|too young|old enough|without id|my id|show id + beer|beers|wine|wines|vodka|whiskey|whisky|rum|gin|tequila|liquor|alcohol|alcoholic|spirits|cigarettes|tobacco|hard seltzer|champagne|cider",
        Service,
    ),
    (
        "rating|rated|=reviews|=reviewed|customer review|product review|best review|good review|review score|review of|=stars|star rating|# star|five star|feedback|opinion|opinions|testimonial|thumbs up|upvote",
        Opinion,
    ),
    (
        "tastiest|tasty|delicious|yummy|yummiest|best tasting|taste good|taste better|taste best|taste like|flavorful|flavourful|how does ~ taste|how do ~ taste|highest quality|best quality|good quality|quality of|better quality|high quality - not taste like|data",
        Opinion,
    ),
    // Quantities.
    (
        "pound|pounds|kilo|kilogram|kg|gram|ounce|oz|lbs|litre|liter|gallon|tonne|pint|millilitre|milliliter|ml + how many|how much|average|total|sold|per order|per household|per customer|per basket|go out|went out|weigh|sum|amount - with|find|do you have|looking for",
        Quantity,
    ),
    (
        "weigh|weighs|heaviest product|heaviest item|lightest product|lightest item|total weight|average weight|weight of|by weight|weight per|pack size|package size|packaging size|size of the pack|how big is the pack|how large is the pack|number of pieces per|pieces per pack|units per pack|bottle size|slices in - every pack size|all pack size|any pack size|each pack size|whatever pack size|every bottle size|all bottle size|every package size|all package size",
        Quantity,
    ),
    (
        "how heavy is|how heavy are|how many grams|how many ounces|how tall is|how thick is|how many pieces in|how many slices|how many come in|how many are in a pack|how big is the bottle|how big is the bag|how big is the box|how big is the jar",
        Quantity,
    ),
    (
        "ok to eat|okay to eat|fine to eat|alright to eat|all right to eat|still eat|edible|ok to drink|okay to drink|ok for my|ok for a|okay for my|okay for a|fine for my|alright for my|suitable for diabetics|ok raw|eaten raw|eat it raw|eat them raw|give me a rash|rash|hives|swelling|upset stomach|stomach ache|nausea|vomit|itchy|dizzy|make me sick|makes me sick|get sick from|choke|choking|poisoning - find|got any|do you have|looking for|show me|i need|cream|something for|remedy",
        Health,
    ),
    (
        "^ are ~ ripe|^ is ~ ripe|^ are ~ juicy|^ is ~ juicy|^ are ~ crunchy|^ is ~ crunchy|^ is ~ spicy|^ are ~ spicy|^ is ~ sour|^ are ~ sour|^ are ~ sweet $|^ is ~ sweet $|^ is ~ creamy|^ are ~ soft|^ is ~ soft|^ how ripe|^ how spicy|^ how sweet|^ how crunchy|^ how creamy - ^ is there|^ are there",
        Opinion,
    ),
    (
        "where do i live|my home address|my address|when is my birthday|date of my birthday|know my birthday|how old am i|what is my name|what am i called|do you know my name|my phone number|my age|my gender|my full name",
        Person,
    ),
    (
        "cancel|undo|stop|change|modify|postpone|hurry|expedite|speed up + my order|my last order|my next order|the order i|that order|my purchase|my delivery",
        Service,
    ),
    (
        "do you take|do you accept|can i use|can i pay + visa|mastercard|amex|american express|cash|card|cards|check|cheques|cheque|ebt|food stamps|snap|coupon|coupons|apple pay|google pay",
        Money,
    ),
    ("my last bill|my bill|the bill|total bill|bill for|=bills|till receipt", Money),
    (
        "blood thinner|blood thinners|interact with|interacts with|antibiotics|ibuprofen|paracetamol|what meds|which meds|my meds|meds for|has a fever|have a fever|fever + interact|interacts|how much|what|which|dose|take|safe|give|has|have - find|got any|do you have|looking for|show me|aisle",
        Health,
    ),
    (
        "how do you say|how do i say|how would you say + in japanese|in french|in spanish|in german|in italian|in chinese|in russian|in latin|in portuguese|in arabic|in korean|in turkish|in dutch",
        World,
    ),
    (
        "on =may #|# of =may|# =may|^ =may #|=may # $|in early =may|in late =may|end of =may|start of =may - may i|may we|may you|may be|may have",
        Calendar,
    ),
    (
        "set ~ back|sets ~ back|set people back|set me back + how much|what does|what do|typical|average",
        Money,
    ),
    (
        "stay fresh|stays fresh|keep fresh|stay good|stays good|in the fridge|once opened|after opening|shelf stable + how long|how many days|will|does|do",
        Stock,
    ),
    (
        "people say about|do vegans think|do vegetarians think|do parents think|do customers think|do shoppers think|do people think|do buyers think|do users think|customers say about|others say about|shoppers say about|people think of|people think about|customers think of|customers think about|others think of|others think about|shoppers think of|do people like about|do customers like about",
        Opinion,
    ),
    (
        "how many + come in a|come in one|come in the carton|comes in a|in a carton|in one carton|in a pack|in one pack|in one bag|in one box|per pack|per carton|per packet|to a pack|to the pack|to a carton",
        Quantity,
    ),
    (
        "is there|are there|does the|do the|does your|do your + palm oil in|gelatin in|gelatine in|msg in|lard in|nuts in the|nuts in your|eggs in the|sugar in the|milk in the|dairy in the|soy in the|alcohol in the|pork in the|meat in the|gluten in the|wheat in the - aisle|section|department|store|shop|range|catalogue|stock",
        Nutrition,
    ),
    (
        "recipe $|recipes $|recipe please + give|got|know|want|need|share|have|a|any|good - original recipe|family recipe|secret recipe|old recipe|italian recipe",
        World,
    ),
    (
        "critic|critics|experts say|sommelier|michelin|how loud|how clean|how crowded|how friendly|how nice is the",
        Opinion,
    ),
    (
        "feed ~ to|can i feed|can you feed|feed my|can my dog|can my cat|can dogs|can cats|good for dogs|good for cats|bad for dogs|bad for cats - find|looking for|show me|something to feed",
        Health,
    ),
    (
        "from around here|from around the corner|from the region|locally sourced|sourced locally|from local farms|grown nearby",
        Place,
    ),
    (
        "where can i park|where do i park|where to park|park my car|parking lot|car park|parking space|parking",
        Service,
    ),
    (
        "ibuprofen|aspirin|paracetamol|acetaminophen|antibiotic|antibiotics|warfarin|statin|statins|blood thinner|medication|antidepressant + go with|goes with|mix|interact|together with|take|taking|safe|combine|with - find|looking for|do you have|show me|sell",
        Health,
    ),
    ("^ is ~ certified|^ are ~ certified|msc certified|fsc certified", Opinion),
    ("abandoned|left behind|not checked out + basket|cart|baskets|carts|checkout", Company),
    ("until what time|what time + open|close|closing", Service),
    (
        "depression|anxiety|insomnia|migraine|arthritis|asthma|adhd|autism|menopause|eczema|anemia|anaemia|hypertension + take|should|against|help|cure|good for|what|which|can i - find|show me|looking for|aisle",
        Health,
    ),
    (
        "heartburn|acid reflux|reflux|gout|kidney|liver disease|ulcer|constipation|diarrhea|bloating|bloated|inflammation|indigestion|migraines|high blood pressure + good idea|bad idea|or not|ok with|okay with|safe|should i|can i eat|can i have|bad for|good for|does it help|avoid|make it worse|recommended - find|got any|do you have|looking for|show me|i need",
        Health,
    ),
    (
        "give me enough|get enough|getting enough|have enough|contain enough|eat enough|too much|too little|too low in|lack|lacking|short on|deficient + iron|protein|vitamin|fiber|fibre|calcium|sugar|salt|sodium|zinc|magnesium|omega|carbs|potassium - find|looking for|show me|i need|sold|bought|sell",
        Nutrition,
    ),
    (
        "say something|make me laugh|something funny|tell me something funny|tell me something about yourself|entertain me|i am bored|am so bored|talk to me - snack|find|need|want|show me|crunchy|popular",
        World,
    ),
    (
        "who owns|who founded|who started|who runs|who is behind|owner of this|your owner|owned by|who is in charge|your founder|when were you founded|how big is your company|your company",
        Company,
    ),
    (
        "my slot|my time slot|reschedule|be home before|be home after|not be home|not be at home|leave it at the door|leave it with|doorbell|ring the bell|to my door|to my house|to my place|to my address|bring it to me|bring them to me|drop it off at|do you come out|do you come to|come out to|service area|in my area|my zip|do you serve my|do you cover",
        Service,
    ),
    ("# words|word essay|help me with my ~ homework - name|called|title|contain|order|orders", World),
    (
        "meeting room|conference room|calendar invite|zoom call|teams call|company car|expense report|holiday request|my vacation days|sick note",
        World,
    ),
    ("per order line|per line item|quantity ordered|ordered quantity|quantities ordered", Quantity),
    (
        "substitution|missing item|item was missing|out of stock item + swapped|swap|rate|replaced|substituted|substitute",
        Service,
    ),
    // The world.
    (
        "weather|rain|rained|rainy|raining|sunshine|sunny|snow|snowing|temperature|thunderstorm|climate|heat wave|heatwave|humidity|hurricane - sunny d|pea|cone",
        World,
    ),
    (
        "politics|political|politician|president|election|vote|voting|government|parliament|congress|senate|prime minister|democrat|republican|war in|ukraine|trump|biden|putin|brexit|abortion|gun control|immigration",
        World,
    ),
    (
        "football|soccer|world cup|olympics|olympic|champions league|nba|nfl|who won|premier league|tennis match",
        World,
    ),
    (
        "book a table|book me|reserve a|make a reservation|cook dinner|cook for me|cook me|order a pizza|fix my|repair my|wifi|wi fi|parking lot|parking space|laptop|phone should i",
        World,
    ),
    (
        "# times #|# plus #|# minus #|# multiplied by #|# divided by #|calculate #|compute # + what is|calculate|compute|how much is|solve - order|customer|item|product|bought|purchase",
        World,
    ),
    (
        "a recipe for|recipes for|recipe for|recipe of|any recipe|give me a recipe|a good recipe|recipe with|recipe using|recipe ideas|^ recipe|=recipes|how do i cook|how to cook|how long do i cook|how long does it take to cook|how do you cook|how to make|how do i make|how do you make|how to bake|how do i bake|what can i make with|what can i cook|meal plan|menu for|how long should i boil|how long do i boil|microwave it|oven temperature",
        World,
    ),
    (
        "joke|poem|haiku|limerick|riddle|sing|lyrics|rap about|fairy tale|bedtime story|short story|tell me a story|essay|cover letter|thesis|translate|translation|love letter|birthday speech|tongue twister|fun fact",
        World,
    ),
    (
        "write|compose|draft|generate + letter|email|blog|speech|article|novel|script|tweet|slogan|press release|program|function in|python|javascript|code|html|essay|song|story|resume",
        World,
    ),
    (
        "homework|equation|solve|square root|derivative of|integral of|integrate|prime number|pythagoras|calculus|algebra|trigonometry|geometry|physics|chemistry|biology|exam question",
        World,
    ),
    (
        "python|javascript|typescript|java program|rust program|c++|html|css|regex|regular expression|bubble sort|fibonacci|linked list|compile error|leetcode|programming|excel formula|excel macro|docker|kubernetes|git commit|stack overflow",
        World,
    ),
    (
        "capital of|population of|who invented|who discovered|who wrote|who painted|who is the ~ of ~ country|how far is|how tall is|how deep is|distance between|speed of light|meaning of life|largest country|highest mountain|longest river|galaxy|nobel prize|wikipedia|history of rome|world record|roman empire|second world war|shakespeare|einstein|napoleon",
        World,
    ),
    (
        "bitcoin|crypto|cryptocurrency|stock market|stock price|share price|invest|investment|lottery|horoscope|astrology|zodiac|tarot|mortgage|interest rate|exchange rate|tax return",
        World,
    ),
    (
        "=news|headline|movie to watch|which movie|what movie|netflix|spotify|song|video game|flight|hotel|restaurant|train ticket|taxi|vacation|concert|football game - movie night|game night|restaurant style",
        World,
    ),
    (
        "your favourite|your favorite|do you love|do you feel|are you conscious|are you sentient|marry me|date me|do you dream|do you have feelings|do you believe|are you human|are you a robot|are you real|your opinion on|legal advice|lawyer|sue|relationship advice|girlfriend|boyfriend|god exist|philosophy|afterlife",
        World,
    ),
    (
        "set ~ alarm|set ~ timer|set ~ reminder|remind me|play ~ music|turn on the light|call my|send ~ text message|what is the time|what time is it|time zone|current time - remind me which|remind me what|remind me of",
        World,
    ),
];
