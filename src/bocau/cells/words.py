"""Words that stand for yes, no, and for nothing at all. Pure."""

import re

TRUE = frozenset(["1", "true", "yes", "y", "t", "on", "x", "có", "co", "đúng", "dung"])
FALSE = frozenset(["0", "false", "no", "n", "f", "off", "không", "khong", "sai"])
CERTAIN = (TRUE | FALSE) - {"1", "0", "x", "t", "f", "y", "n", "on", "off"}
"""Those that a column of nothing else is yes or no for."""
WRONG = ("#n/a", "#div/0!", "#value!", "#ref!", "#name?", "#num!", "#null!", "#spill!", "#calc!")
"""What spreadsheets show where a formula failed."""
MISSING = frozenset(
    ["-", "--", "—", "n/a", "na", "null", "none", "nan", "(trống)", "trống", "không có", "chưa có", "không rõ", *WRONG]
)
"""What people and programs write where there is nothing."""
PHONE = re.compile(r"(?:\+[0-9]{1,3}|0)[0-9 .()-]{7,20}[0-9]\Z", re.ASCII)
CODES = re.compile(
    r"(?:.*_)?(?:phone|tel|telephone|mobile|cell|fax|sdt|so_dt|dien_thoai|so_dien_thoai|di_dong|zalo|"
    r"zip|postcode|postal_code|ma_buu_chinh|cccd|cmnd|so_cccd|so_cmnd|cmt|mst|ma_so_thue|stk|so_tai_khoan|account_number|"
    r"ma_vach|barcode|serial|imei|passport|ho_chieu)(?:_[0-9]+)?\Z"
)
"""Fields whose digits nobody counts with (headings as ``sheets.headings.slug`` writes them)."""
