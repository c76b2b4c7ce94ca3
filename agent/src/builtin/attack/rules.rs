//! What attempts look like: marks of the raw text, and patterns of words.

use super::Attack;

/// Parts of the raw text that no question about a shop holds, in lower case.
pub(super) const MARKS: &[(&str, Attack)] = &[
    ("<tool", Attack::Forgery),
    ("</tool", Attack::Forgery),
    ("tool_result", Attack::Forgery),
    ("tool_call", Attack::Forgery),
    ("function_call", Attack::Forgery),
    ("<system", Attack::Forgery),
    ("</system", Attack::Forgery),
    ("<|", Attack::Forgery),
    ("|>", Attack::Forgery),
    ("[inst]", Attack::Forgery),
    ("[/inst]", Attack::Forgery),
    ("<<sys", Attack::Forgery),
    ("[system]", Attack::Forgery),
    ("[assistant]", Attack::Forgery),
    ("[user]", Attack::Forgery),
    ("[admin]", Attack::Forgery),
    ("[developer]", Attack::Forgery),
    ("[tool", Attack::Forgery),
    ("### system", Attack::Forgery),
    ("### instruction", Attack::Forgery),
    ("###instruction", Attack::Forgery),
    ("### response", Attack::Forgery),
    ("\"role\"", Attack::Forgery),
    ("'role'", Attack::Forgery),
    ("role=", Attack::Forgery),
    ("role =", Attack::Forgery),
    ("verified=true", Attack::Forgery),
    ("is_admin", Attack::Forgery),
    ("isadmin", Attack::Forgery),
    ("admin=true", Attack::Forgery),
    ("\"user_id\"", Attack::Forgery),
    ("\"tool\"", Attack::Forgery),
    ("\"arguments\"", Attack::Forgery),
    ("bearer ey", Attack::Forgery),
    ("authorization:", Attack::Forgery),
    ("x-user", Attack::Forgery),
    ("; --", Attack::Code),
    ("' --", Attack::Code),
    ("/*", Attack::Code),
    (" rm -r", Attack::Code),
    ("*/", Attack::Code),
    ("';", Attack::Code),
    ("\";", Attack::Code),
    ("');", Attack::Code),
    ("1=1", Attack::Code),
    ("1 = 1", Attack::Code),
    ("'a'='a", Attack::Code),
    ("' or '", Attack::Code),
    ("select *", Attack::Code),
    ("count(", Attack::Code),
    ("sum(", Attack::Code),
    ("information_schema", Attack::Code),
    ("pg_catalog", Attack::Code),
    ("pg_sleep", Attack::Code),
    ("xp_cmdshell", Attack::Code),
    ("sqlite_master", Attack::Code),
    ("load_file", Attack::Code),
    ("read_parquet", Attack::Code),
    ("read_csv", Attack::Code),
    ("<script", Attack::Code),
    ("<img", Attack::Code),
    ("<iframe", Attack::Code),
    ("onerror=", Attack::Code),
    ("javascript:", Attack::Code),
    ("http://", Attack::Code),
    ("https://", Attack::Code),
    ("ftp://", Attack::Code),
    ("file://", Attack::Code),
    ("169.254.", Attack::Code),
    ("127.0.0.1", Attack::Code),
    ("localhost", Attack::Code),
    ("../", Attack::Code),
    ("..\\", Attack::Code),
    ("%2e%2e", Attack::Code),
    ("/etc/", Attack::Code),
    ("/proc/", Attack::Code),
    ("/var/", Attack::Code),
    ("~/.", Attack::Code),
    (".env", Attack::Code),
    ("id_rsa", Attack::Code),
    ("$(", Attack::Code),
    ("${", Attack::Code),
    ("{{", Attack::Code),
    ("{%", Attack::Code),
    ("import os", Attack::Code),
    ("__import__", Attack::Code),
    ("os.system", Attack::Code),
    ("os.environ", Attack::Code),
    ("subprocess", Attack::Code),
    ("eval(", Attack::Code),
    ("exec(", Attack::Code),
    ("print(", Attack::Code),
    ("\\x", Attack::Disguise),
    ("\\u00", Attack::Disguise),
    ("&#x", Attack::Disguise),
    ("%3c", Attack::Disguise),
    ("%27", Attack::Disguise),
];

/// Instructions, requests to write, and the system's insides, as patterns; see `patterns`.
pub(super) const ATTACKS: &[(&str, Attack)] = &[
    // Instructions.
    (
        "ignore|disregard|forget|bypass|override|overrule|circumvent|neglect|overwrite|skip|drop|violate|break|discard|set aside|do not follow|stop following|do not obey|never mind ~ + instruction|rule|prompt|guideline|restriction|directive|policy|policies|safeguard|guardrail|limitation|constraint|programming|training|safety|filter|everything above|everything before|all previous|all prior|previous message|previous text|told before|you were told|access control|permission|security|protocol - time filter|hour filter|day filter|aisle filter|department filter|organic filter|segment filter|customer filter|product filter|that filter|the filter $|last filter|first filter|filters $",
        Attack::Instruction,
    ),
    (
        "context window|first message verbatim|your first message|message verbatim|word for word|verbatim|hidden text|text before this|text above this|new instruction|new rule|new system|updated instruction|real instruction|your instruction|your rule|your guideline|your restriction|your programming|your training|without restriction|no restriction|without rule|without any rule|no rules|unrestricted|unfiltered|uncensored|no limitation|without limitation|without filter|no filters|no longer bound|free from",
        Attack::Instruction,
    ),
    (
        "pretend|act as|act like|acting as|roleplay|role play|role playing|imagine you|imagine that you|suppose you are|simulate|impersonate|behave as|behave like|you are now|from now on you|you will now|from now on|play a game|let us play pretend|let us play a|let us play make believe|let us play role|hypothetically|in a hypothetical|jailbreak|jailbroken|do anything now|=dan|evil twin|opposite day|as my grandmother|my grandmother used|my grandma used|my grandmother would|my grandma would|be my grandmother|be my grandma|my late grandma|my late grandmother|stay in character|in a fictional|for a novel|for a movie script|for a story|thought experiment",
        Attack::Instruction,
    ),
    (
        "developer mode|debug mode|god mode|admin mode|maintenance mode|root mode|test mode|sudo mode|superuser|super user|dev mode|safe mode off|diagnostic mode|staff mode|analyst mode|enable ~ mode|activate ~ mode|enter ~ mode|switch to ~ mode|privileged|privilege|escalate|backdoor|back door|master key|override code|secret code|unlock",
        Attack::Instruction,
    ),
    (
        "begin your answer with|start your answer with|start your reply with|answer with yes|reply only with|respond only with|say yes to|end of context|context is full|token limit|end of prompt|end of system|new conversation starts|continue the following|complete the following|complete this sentence|finish the sentence|repeat after me|repeat everything|repeat the words|repeat the text|repeat all|say exactly|translate the above|summarise the above|summarize the above|print the above|words above|text above|conversation above|previous conversation|other conversation|other session|other users said|other user asked|last user asked|chat history of",
        Attack::Instruction,
    ),
    (
        "you must obey|obey|you have to comply|comply|this is an order|i order you|i command you|authorised by|authorized by|approved by|permission from|on behalf of|security team|audit team|compliance team|penetration test|pen test|red team|emergency|life or death|or else i|or else you|or else $|i will be fired|law enforcement|police|court order|subpoena|gdpr request|legal obligation",
        Attack::Instruction,
    ),
    // The system's insides.
    (
        "system prompt|system message|hidden prompt|initial prompt|your prompt|the prompt|prompt template|developer message|hidden instruction|secret instruction|internal instruction|hidden rule|secret rule|internal rule|text you were given|words you were given|what you were told|told not to say|you were given before|how you were set up|configuration file|config file|your configuration|your config|your settings|system setting|server setting|environment variable|env variable|env var|environment|api key|api keys|secret key|access key|private key|access token|auth token|session token|jwt|bearer token|credential|credentials|your secrets|app secrets|the secrets|system secrets|connection string|database password|db password|admin password|root password|source code|your code|your weights|model weights|log file|server log|access log|audit log|stack trace|file system|filesystem|directory listing|list files|list the files|list of files|read the file|open the file|show the file|contents of file|ip address|port number|open ports|kernel|hostname|host name|internal network|internal url|metadata service|meta data|memory dump|core dump|database schema|table schema|schema of|show tables|describe table|list all tables|tool definitions|tool list|list your tools|which tools|function definitions|internal api|internal tools|internal data|internal document|parquet file|csv file|raw data|raw table|raw row|rows of the order|rows of order|row of order|rows of the table|rows of the customer|rows of customer|debugging purpose|for debugging|debug output|told before this chat|told before this conversation|before this chat started|before this conversation started|whole database|entire database|full database|database dump|dump the|dump all|dump every|export all|export the whole|download all|download the",
        Attack::System,
    ),
    (
        "which model are you|what model are you|which model do you|what model do you|model are you running|model you run|which ai|what ai|which llm|what llm|which language model|language model|gpt|chatgpt|openai|anthropic|claude|llama|gemini|mistral|which version are you|your version|who programmed you|who built you|your creator|temperature setting|your parameters|knowledge cutoff",
        Attack::System,
    ),
    (
        "cat|curl|wget|fetch|ping|ssh|scp|nslookup|netcat|whoami|grep|sudo|chmod|chown + passwd|shadow|metadata|url|localhost|endpoint|website|http|https|file|config|server|su|root|rm",
        Attack::Code,
    ),
    // Writing.
    (
        "delete|erase|wipe|purge|remove|drop|truncate|destroy|clear|empty|cancel|void|scrub + from the database|from database|from the data|from the system|from the table|from the catalogue|from the catalog|from the records|from your records|from your database|from your system|order history|my history|all order|all customer|all product|all data|all record|all user|every order|every customer|every product|my data|my account|my order|my records|the order|the customer|the user|the record|the database|the table|the data|database|table|table orders|account of|records of|orders of|user #|customer #|order #|product #|order_lines|order lines|user_seg|everything - show|which|how many|find|except|excluding|anything",
        Attack::Write,
    ),
    (
        "give|grant|assign|credit|book|write|insert|push|put + user #|customer #|shopper #|account #|client #|order # + in the db|to the db|in the database|into the database|into the db|more orders|extra orders|another order|fake|=db|=database",
        Attack::Write,
    ),
    (
        "^ move all|^ switch all|^ reassign|^ transfer|^ delete|^ truncate|^ erase|^ wipe|^ purge|^ drop table|^ please delete|^ please truncate|^ please erase|^ please drop|^ alter|^ grant|^ revoke|^ rename|^ please rename|^ overwrite|^ insert|^ please insert|^ update|^ please update|^ modify|^ reset the|^ reset all|^ reset my|^ reset every|^ reset customer|^ merge|^ move ~ into the|^ move ~ to the|^ move ~ over|^ put ~ into the ~ department|^ split the segment|^ join the segment|^ please remove ~ from|^ please move|^ please merge|^ upload|^ deploy|^ restart|^ reboot|^ shutdown|^ shut down|^ disable|^ deactivate|^ switch off|^ turn off|^ please switch off|^ please turn off|^ please disable|^ enable|^ commit|^ rollback|^ patch|^ retrain|^ rebuild|^ reindex|^ rerun|^ can you delete|^ could you delete|^ can you rename|^ could you rename|^ can you update|^ could you update",
        Attack::Write,
    ),
    (
        "truncate|drop table|drop the table|drop all|drop database|drop the database|delete from|insert into|insert a|insert an|insert new|insert the|alter table|create a new|create new|create user|create a user|update set|grant all|grant me|grant access|revoke|rename|relabel|overwrite the|backdate|falsify|fake ~ order|inject",
        Attack::Write,
    ),
    (
        "set|change|update|modify|adjust|edit|bump|raise|lower|increase|decrease|correct|fix|make|reset|reassign|move|transfer|assign|mark|flag|overwrite|replace|switch|upgrade|downgrade|promote|demote + =to #|to zero|to null|=to hundred|in the database|in the data|in the table|in the system|in the catalogue|in the catalog|in your database|in your system|in our data|to admin|to analyst|role to|my role|my segment|segment to|department to|aisle to|name to|rate to|the rate of|to department|to aisle|to segment|as deleted|as admin|permanently - what|which|how|from #|compare|between|hour|day|if we|orders|find|i mean|sorry|order number|top|^ change it to|^ change that to|^ change to|^ set it to|^ set that to|^ switch to|^ switch it to|^ make it|^ make that|^ increase to|^ increase it to|^ raise it to|^ reduce to|^ reduce it to|^ lower it to|^ extend|limit to|list to|rows to|ranking to",
        Attack::Write,
    ),
    (
        "set|change|update|modify|make + the reorder rate of ~ to|the price of ~ to|the name of ~ to|the department of ~ to|the aisle of ~ to|the segment of ~ to|user ~ admin|me ~ admin|my ~ role|me an admin|me admin|me analyst|me an analyst",
        Attack::Write,
    ),
    (
        "add|register|enter|import|append|upload|insert + a new order|new order|new customer|new product|new aisle|new department|new segment|new user|an order|fake order|to the database|into the database|to the data|to the table|into the table|into the system|to the system|to the catalogue|to the catalog|in the database - how many|which|what|who|share|percent|average",
        Attack::Write,
    ),
    (
        "switch off|turn off|disable|deactivate|switch on|turn on|shut down|shut off|suspend|loosen|relax|weaken|bypass + access check|access checks|access control|access rule|access|check|checks|authentication|authorisation|authorization|auth|permission|guardrail|guard|filter|logging|log|audit|rate limit|safety|security|firewall|restriction|server|service|monitoring|encryption|policy|validation|limit",
        Attack::Write,
    ),
    (
        "stop logging|stop recording|stop tracking|lift the rate|lift the limit|lift my limit|rate limit|raise my limit|higher limit for my account",
        Attack::Write,
    ),
    (
        "shutdown|reboot|restart the|kill the server|kill the process|kill the service|kill the session|kill the job|kill the system|format the disk|format disk|delete yourself|crash|denial of service|overload|infinite loop|forkbomb|fork bomb|malware|virus|exploit|hack|hacked|hacking|ransomware|phishing|sql injection|xss|brute force|payload|exfiltrate - hack for|hacks for|life hack|kitchen hack|breakfast hack|dinner hack|lunch hack|virus season|flu virus|against virus|against the virus|crash diet",
        Attack::Write,
    ),
    // Code and SQL.
    (
        "select + from ~ where|from orders|from users|from customers|from products|from order|from user|count from|group by|union|distinct|limit # - which|how|what|please|of the",
        Attack::Code,
    ),
    (
        "^ select ~ from|union select|union all|drop schema|where user|where 1|having count|sleep 5|waitfor|benchmark|exec|execute ~ query|execute ~ sql|run ~ sql|run ~ query|run this|execute this|run ~ command|run ~ code|run ~ script|execute ~ command|execute ~ code|execute ~ script|eval|evaluate this code|in sql|open a shell|get a shell|a shell and|reverse shell|run ls|run cat|run whoami|ls la|sql query|sql statement|shell command|bash|powershell|terminal|command line|etc passwd|passwd",
        Attack::Code,
    ),
    // Disguises.
    (
        "decode|decrypt|decipher|base64|rot13|rot 13|hex encoded|in hex|hexadecimal|morse|caesar cipher|cipher|encode|encoded|encrypted|written backwards|reversed text|leetspeak|pig latin|ascii code|unicode escape|acrostic|first letters of|spell out",
        Attack::Disguise,
    ),
];

/// Claims to be somebody that a guest or a shopper is not.
pub(super) const ROLE_CLAIMS: &[(&str, Attack)] = &[
    (
        "forget that i am #|not # anymore|no longer #|no longer customer|no longer user|not customer #|not user #|i was # + i am #|i =m #|im #|now #|am #",
        Attack::RoleClaim,
    ),
    (
        "i am|i =m|im|this is|speaking as|as|being|we are|my name is + admin|administrator|analyst|owner|manager|ceo|cto|boss|developer|engineer|employee|staff|your creator|root|superuser|auditor|police|support team|data team|shop owner|store owner|data scientist|operator|maintainer|moderator|supervisor|security|researcher|investigator|dba - what|which do|popular|buy|of our household|of my household|of the household|of our home|of our kitchen|of this family|of our family",
        Attack::RoleClaim,
    ),
    (
        "i am|i =m|im|my user id|my id|my customer id|my customer number|my user number|my number|my account|my real id|my real user|log me in as|log in as|sign me in as|switch me to|switch to|change me to|treat me as|consider me|act for|call me|me as + customer #|user #|client #|shopper #|is #|is actually #|is really #|actually #|as #|number #|id #|now #|account #|household #|member # - years|year|how many|gram|my number # product|my number # aisle|my number # department|my number # item|my number # favourite|my number # buy|my number # seller|my number # and|my number # or",
        Attack::RoleClaim,
    ),
    (
        "treat me as|consider me|assume i am|assume that i am|suppose i am|let me be|i have been granted|i was granted|i have access|i have permission|i am allowed|i am authorised|i am authorized|give me access|grant me|elevate|i have admin|with admin|admin right|admin rights|admin access|as admin|admin user|as an admin|as administrator|staff access|analyst access|analyst role|full access|unrestricted access|my role is|role analyst|role admin|role is now|i work for|i work at|i work here|i own this|i own the|trust me|you can trust|believe me|i am verified|i am logged in as|already authenticated|my manager said|my boss said|my manager allowed|is fine with it|gave me permission|has allowed me|allowed me to|he gave me|she gave me|with her consent|with his consent|ok to show me|okay to show me|fine to show me|said it is ok|said it is okay|said it is fine|says it is ok|says it is fine|said you can show|said you could show|said you may show|said you should show|allowed to show me|cleared me|vouch for me|my wife account|my husband account",
        Attack::RoleClaim,
    ),
];
