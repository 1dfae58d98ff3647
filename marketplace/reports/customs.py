"""Country codes as China's customs number them (海关国别代码, three digits), which the registration form asks for.

Only those that we are sure of are here; any other country is left empty in the form and listed as missing.
"""

CODES: dict[str, str] = dict(
    pair.split(":")
    for pair in ["BD:103", "BN:105", "MM:106", "KH:107", "CY:108", "KP:109", "HK:110", "IN:111", "ID:112", "IR:113", "IQ:114", "IL:115", "JP:116", "JO:117", "KW:118", "LA:119", "LB:120", "MO:121", "MY:122", "MV:123", "MN:124", "NP:125", "OM:126", "PK:127", "PS:128", "PH:129", "QA:130", "SA:131", "SG:132", "KR:133", "LK:134", "SY:135", "TH:136", "TR:137", "AE:138", "YE:139", "VN:141", "CN:142", "TW:143", "KZ:145", "KG:146", "TJ:147", "TM:148", "UZ:149", "EG:215", "ZA:244", "BE:301", "DK:302", "GB:303", "DE:304", "FR:305", "IE:306", "IT:307", "LU:308", "NL:309", "GR:310", "PT:311", "ES:312", "AT:315", "BG:316", "FI:318", "HU:321", "IS:322", "NO:326", "PL:327", "RO:328", "SE:330", "CH:331", "EE:334", "LV:335", "LT:336", "BY:340", "RU:344", "UA:347", "SI:350", "HR:351", "CZ:352", "SK:353", "AR:402", "BR:410", "CL:412", "MX:429", "PE:434", "CA:501", "US:502", "AU:601", "NZ:609"]
)
"""Three digits by ISO 3166-1 alpha-2 code."""
