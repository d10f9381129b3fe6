DATE_FORMAT = "Y年n月j日"
YEAR_MONTH_FORMAT = "Y年n月"
MONTH_FORMAT = "n月"
YEAR_FORMAT = "Y年"
MONTH_DAY_FORMAT = "n月j日"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = "Y年n月j日 H:i"
DATE_INPUT_FORMATS = ["%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日"]
TIME_INPUT_FORMATS = ["%H:%M:%S", "%H:%M", "%H時%M分", "%H時"]

# Between two dates that are each printed in full.
PERIOD_SIGN = "～"
# Where two dates share something: the start, the sign between, the end.
PERIOD_OF_DAYS_IN_MONTH = ("Y年n月j日", "～", "j日")
PERIOD_OF_DAYS_IN_YEAR = ("Y年n月j日", "～", "n月j日")
PERIOD_OF_MONTHS_IN_YEAR = ("Y年n月", "～", "n月")
PERIOD_OF_YEARS = ("Y年", "～", "Y年")
