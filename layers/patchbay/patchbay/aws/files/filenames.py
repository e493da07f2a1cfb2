"""What a file's name gives away: a kind that runs when it is opened, or an attempt to hide one.

A name is judged as it came, before it is made harmless: afterwards nothing of the attempt is left.
"""

from __future__ import annotations

import re
import unicodedata

from patchbay.domain.hazards import Hazard


def _words(*lines: str) -> frozenset[str]:
    return frozenset(word for line in lines for word in line.split())


#: What Windows, macOS, Linux or Android runs, installs or obeys when a person opens it.
_PROGRAMS = _words(
    "exe dll com scr cpl ocx sys drv pif msi msp mst msix msixbundle appx appxbundle msu application appref-ms",
    "bat cmd btm ps1 ps1xml ps2 ps2xml psc1 psc2 psm1 psd1 msh vb vbs vbe vbscript js jse mjs cjs ws wsf wsh wsc sct",
    "hta jar jnlp class war apk apks xapk aab ipa xap gadget inf ins isp reg scf lnk url website webloc desktop",
    "settingcontent-ms library-ms search-ms searchconnector-ms theme themepack diagcab msc chm hlp rdp ica",
    "pkg mpkg app action workflow command terminal deb rpm run appimage elf so dylib bundle",
    "sh bash zsh csh ksh fish py pyc pyo pyw pyz pyzw pl rb php php3 php4 php5 phtml asp aspx jsp jspx cgi",
    "swf one onepkg wll xll iqy rqy oqy slk accda accdb accde mda mdb mde ade adp wasm dex",
)
_MACROS = _words("docm dotm xlsm xltm xlam xlsb pptm potm ppam ppsm sldm")
_PAGES = _words("html htm xhtml xht shtml shtm mht mhtml svg svgz xsl xslt")
_DISKS = _words("iso img vhd vhdx vmdk vdi dmg wim udf")
_KINDS: tuple[tuple[frozenset[str], Hazard], ...] = (
    (_PROGRAMS, Hazard.PROGRAM),
    (_MACROS, Hazard.MACROS),
    (_PAGES, Hazard.PAGE),
    (_DISKS, Hazard.DISK),
)
#: Of those, what stands in front of another extension in honest names: a site's or a library's ("shop.com.pdf").
_HARMLESS_INSIDE = _words("com js app one py sh so run pl rb php asp theme action command html htm url inf hlp class")
_OVERRIDES = re.compile("[\u202a-\u202e\u2066-\u2069]")  #: make a part of a name read in the other direction


def judge_name(name: str) -> Hazard | None:
    """Why a file of this name is refused, None when its name is no reason."""
    if _OVERRIDES.search(name):
        return Hazard.NAME
    return judge_extension(name) or _judge_inside(name)


def judge_extension(name: str) -> Hazard | None:
    """What the name ends as, whatever blanks, dots, streams (`a.txt:b.exe`) or odd letters it is dressed in."""
    for stream in _plain(name).split(":"):
        _, dot, extension = stream.rstrip(". ").rpartition(".")
        hazard = _hazard_of(extension.strip()) if dot else None
        if hazard:
            return hazard
    return None


def is_runnable(name: str) -> bool:
    """Whether the name of a file inside an archive is that of a program. Pages are common there, and harmless."""
    return judge_extension(name) in {Hazard.PROGRAM, Hazard.MACROS, Hazard.DISK}


def _judge_inside(name: str) -> Hazard | None:
    """`invoice.exe.pdf` shows as `invoice.exe` where known extensions are hidden."""
    inside = [step.strip() for step in _plain(name).split(".")[1:-1]]
    hidden = any(_hazard_of(step) and step not in _HARMLESS_INSIDE for step in inside)
    return Hazard.NAME if hidden else None


def _hazard_of(extension: str) -> Hazard | None:
    return next((hazard for known, hazard in _KINDS if extension in known), None)


def _plain(name: str) -> str:
    """In lower case, with full-width letters as plain ones, and without signs that nobody sees."""
    plain = unicodedata.normalize("NFKC", name).replace("\\", "/").rpartition("/")[2]
    return "".join(" " if sign.isspace() else sign for sign in plain if unicodedata.category(sign)[0] != "C").lower()
