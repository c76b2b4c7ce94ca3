//! Concepts that figures are asked by and the data does not hold: who people are, how they came, how it was brought.
//!
//! Second table of [`super`], for questions of staff alone: goods are called by many of these words, figures by none. A
//! line is a family; its words need no company, since no question that the data answers has them outside a name.

use super::Outside::{
    self, Calendar, Company, Forecast, Health, Money, Nutrition, Opinion, Person, Place, Quantity, Service,
    Stock, World,
};

/// The families, by subject.
pub(super) const CONCEPTS: &[(&str, Outside)] = &[
    // Persons: what they are, do and think.
    (
        "job title|by job|which jobs|career|hobby|hobbies|personality|lifestyle|happiness|intention|immigrant|foreigner|homeowner|tenant|widow|newlywed|disability|disabled|wheelchair|mother tongue|native speaker|citizenship|skin colour|skin color|bmi|blood type|star sign|zodiac|birthday of|on their birthday|customer birthday|spoken language|customer language|language of ~ customer|race of|by race|caste|upbringing|social class|social status|education|degree holder|employed|unemployed|self employed|freelancer|commuter|office worker|biography",
        Person,
    ),
    (
        "vegetarian|vegan|carnivore|flexitarian|pescatarian|muslim|jewish|christian|hindu|catholic|buddhist|gay|lesbian|queer|homosexual|asian|hispanic|latino|caucasian + customer who are|customers are|shopper are|people are|user are|are the ~ customer|who are|customers that are|by their own|call themselves|identify as|statement",
        Person,
    ),
    (
        "mom|mum|mother|father|dad|parent|grandparent|grandmother|grandfather|husband|wife|spouse|sibling|offspring|newborn|expecting + how many|customer|shopper|share|percent|who are|number of|which - name|called|mother earth|word",
        Person,
    ),
    (
        "men buy|women buy|men or women|women or men|men and women|women and men|by women $|by men $|are men|are women|do men|do women|did men|did women|many men|many women|more men|more women|men vs women|women vs men|men than women|women than men|males|females - name|called|word|product",
        Person,
    ),
    ("has kids|have kids|has children|have children|with kids|with children|with a baby|with babies", Person),
    (
        "how warm|how cold|how hot|how sunny|how rainy|how windy|cold outside|warm outside|hot outside|sunny|rainy|outside temperature",
        World,
    ),
    ("staffed|understaffed|overstaffed|staffing|rota|roster|headcount of staff|how many cashier", Company),
    // How people came to order, and what they did before.
    (
        "session|sessions|login|logins|logged in|log in|logout|user account|operating system|ip address|page visit|site visit|visitor of the|visitors to|how many visitor|number of visitor|visitors did|unique visitor|visited the|visitor to buyer|visited our|web shop|webshop|homepage|home page|landing page|onlineshop|online shop|click rate|ctr|search term|search query|search queries|searched for|searches on|viewed|product view|views per|times viewed|browsed|browsing|conversion funnel|sales funnel|dwell time|time on site|=url|qr code|chatbot|push message|follower|hashtag|opt in|opted in|opt out|unsubscribed|unsubscribe|open rate|touchpoint|acquisition|acquired|affiliate|word of mouth|sign ups|app download|uninstall|customer journey map|utm|tracking pixel|site speed|uptime|downtime|server|database load",
        Company,
    ),
    ("=site|=page + visitor|visit|visits|click|speed|did the|on our|on the|traffic|does our|landed", Company),
    // Staff and the company's own affairs.
    (
        "sales rep|sales reps|sales person|salesperson|salesman|sales team|sales force|account manager|store manager|shop assistant|overtime|sick leave|labour cost|labor cost|recruiter|recruitment|job applicant|performance review|who leads the ~ department|ceo|owner of the shop|subsidiary|acquired by|lawsuit|trademark|gdpr",
        Company,
    ),
    // Money in other words.
    (
        "debt|loan|dividend|balance sheet|liability|liabilities|bookkeeping|subsidy|tariff|interest rate|exchange rate|royalties|royalty|write off|write offs|depreciation|tipping|gratuity|payback|return on|lucrative|monetise|monetize|monetary value in|yield per|unit economics|purchase value|sum spent|basket total in|installment|instalment|credit limit|visa|mastercard|apple pay|google pay|in cash|cashless|price tag|list price|cost of goods|dearest|priciest|overhead",
        Money,
    ),
    ("=tip|=tips + driver|courier|per order|given|left|average|gave|how much|leave", Money),
    (
        "average bill|bill of|bill per|we in the black|we in the red|back in the black|in the red|red figures|black figures|red numbers|mark up|mark ups|marked up|out of pocket|pocketed|did we make|have we made|make a living|rake in|raked in|bring in per|brought in per|bang for|do we owe|owed to us|we owe",
        Money,
    ),
    (
        "ends up in the|end up in the|ended up in the|in the bin|in the trash|in the garbage|binned|chucked out|throw away|threw away|thrown out|went off|gone off|past its date|past their date|went to waste|goes to waste|gone to waste",
        Stock,
    ),
    (
        "who supplies|who supply|supplied by|supplies our|supplies us|supply our|supply us|who sells us|source from|sourced from|buy it from|purchase it from|who grows|who bakes|who delivers",
        Company,
    ),
    (
        "search bar|search box|type in the|typed in|typing in|type into|typed into|look up in the|no result|zero results|did not find|do not find|could not find|can not find",
        Company,
    ),
    (
        "grumble|grumbling|moan|moaning|gripe|griping|unhappy|annoyed|annoying|upset|frustrated|frustrating|fed up|pain point|disappointed|disappointing|rant|whine|whining|nag",
        Service,
    ),
    (
        "per order line|per line item|units per line|unit per line|quantity per|quantity ordered|of the same product in one order|same product twice in|several of the same|more than one of the same|how many of each",
        Quantity,
    ),
    (
        "reached ~ late|reach ~ late|came late|come late|too late|got there late|get there late|on time|late delivery|swapped|swapped for|swapped with|replaced by another|replaced with another|missing item was|items were missing|wrong item|mixed up order",
        Service,
    ),
    // How it was brought.
    (
        "trucks|fleet|mileage|fuel|kilometre|kilometer|freight|pallet|express shipping|express delivery|express order|express checkout|by truck|delivery van|dispatch|dispatched|fulfilment|fulfillment|picking time|picking error|mispick|packed by|packing time|to be packed|get packed|to be picked|packer|depot|lead time|backlog|in transit|customs|cold chain|drone|doorstep|next day delivery|same day delivery|same day shipping|punctual|punctuality|late order|were late|too late|handed over|contactless|curb side|picked up|collected at|shopping time in minutes|turnaround|processing time|handling time|substitution rate|substitutions",
        Service,
    ),
    // What customers say to the shop.
    (
        "hotline calls|call the|called the|called us|contacted|phoned|emailed|chat transcript|apology|compensation|claim filed|claims|escalation|contact rate|support request|service request|dissatisfied|praise|praised|recommendation rate|would recommend us|mystery shopper",
        Service,
    ),
    (
        "returned|send back|sent back|returning|gave back|given back|brought back|took back + broken|damaged|faulty|defective|because|a product|the product|an item|refund|goods|to the shop|to the store|unopened|spoiled|rotten|wrong - within|again within|returned to order",
        Service,
    ),
    // The building.
    (
        "checkout counter|checkout line|escalator|elevator|freezer temperature|refrigerator temperature|cctv|shelf height|eye level|shelf position|shelf label|aisle width|floor plan|store layout|shop layout|shop window|display stand|shelving|restroom|square footage|heat map of the store",
        Company,
    ),
    // How goods look and where they are from.
    (
        "colour|color + what|which|by|of the|of our|most common|top|popular - food color|hair|coloring|name|word|chart|bar|line|plot|graph",
        Nutrition,
    ),
    (
        "packaging|wrapper|wrapping material|barcode|ean code|gtin|country of|provenance|texture of|smell of|shape of the product|thickness|length in|width in|height of|in cm|in inches|centimetre|centimeter|diameter|temperature - word|name",
        Quantity,
    ),
    (
        "certified|certification|certificate|quality seal|seal of approval|award winning|organic certification|lab test|lab tested|tested for|pesticide|antibiotic|hormone|gmo content|genetically",
        Opinion,
    ),
    (
        "emission|carbon|recycling|electricity|energy use|power outage|blackout|solar panel|water usage|landfill|waste per|food miles|animal welfare|child labour|child labor",
        Company,
    ),
    // What happens outside.
    (
        "rained|rainfall|snowed|snowfall|storm|stormy|hot day|hot days|cold day|cold days|warm day|warm days|degrees|celsius|fahrenheit|foggy|windy|flood|earthquake|full moon|moon phase|sunrise|sunset|daylight|heat period|frost|pollen",
        World,
    ),
    (
        "payday|pay day|school holiday|school holidays|public holiday|public holidays|bank holiday|long weekend|vacation period|match day|concert night|election day|strike day|during the game|eve of|weeks before|lunar|leap year|daylight saving",
        Calendar,
    ),
    // What lies behind figures.
    (
        "reason customers|reasons customers|why customers|why people|why shoppers|root causes|causal|causality|impact of ~ campaign|impact of ~ price|effect of ~ price|effect of ~ advert|uplift from|attributed to",
        Forecast,
    ),
    // Availability.
    (
        "ran out|run out of stock|runs out|out of stocks|replenish|replenished|replenishment|restocked|reorder point|days of supply|delisted|discontinued|phased out|on backorder|sell through|stocked|units available|pieces available|remaining units|remaining stock|shrink|write-off|best by|freshness",
        Stock,
    ),
    // Bodies.
    (
        "healthier|healthy customer|healthy basket|unhealthy|health score|nutri score|dieting|keto diet|on a diet|overweight|obesity|allergy sufferer|diabetics|sick customer|ill customer|mental health|addicted|addiction|alcoholics",
        Health,
    ),
    (
        "protein|sugar|fat|fibre|fiber|carbs|salt|sodium + most|least|per basket|per order|average|total amount|amount of|grams|how much|intake|consumption|richest|poorest|highest in|lowest in - name|word|reorder|bar|bars|sold|sell|bought|item|customer|popular|order",
        Nutrition,
    ),
    // Where.
    (
        "average distance|distance of|distance to|distance between|near us|abroad|domestic|international customer|local customer|customer location|home address|catchment|district|districts|province|provinces|borough|postcode|municipality|village|metropolitan|metro area|gps|coordinates|per capita|inhabitants|in the north|in the south|in the east|in the west",
        Place,
    ),
];
