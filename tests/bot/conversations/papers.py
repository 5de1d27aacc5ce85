"""PDFs with known text on their pages."""

import io
import zlib

from pypdf import PdfReader, PdfWriter


def pdf_of(*pages: str) -> bytes:
    """Return a PDF whose pages hold these lines, in WinAnsi; an empty one is a blank page."""
    kids = " ".join(f"{4 + 2 * at} 0 R" for at in range(len(pages)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for at, text in enumerate(pages):
        drawn = f"BT /F1 12 Tf 50 700 Td ({text}) Tj ET" if text else ""
        objects += [
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] "
            f"/Resources << /Font << /F1 3 0 R >> >> /Contents {5 + 2 * at} 0 R >>",
            f"<< /Length {len(drawn)} >>\nstream\n{drawn}\nendstream",
        ]
    return _assembled(objects)


def _assembled(objects: list[str]) -> bytes:
    out, offsets = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode("latin-1")
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += "".join(f"{offset:010} 00000 n \n" for offset in offsets).encode()
    out += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\n".encode()
    return bytes(out + f"startxref\n{start}\n%%EOF\n".encode())


def locked(data: bytes, password: str, owner: str = "owner") -> bytes:
    """Return the PDF encrypted with RC4; with an empty password anybody may open it."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(data)))
    writer.encrypt(password, owner, algorithm="RC4-128")
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()


def encrypted(data: bytes, bits: int = 256) -> bytes:
    """Return the PDF marked as encrypted with AES; one of 128 bits opens without a password."""
    if bits == 128:
        method = b"/V 4\n/R 4\n/StmF /StdCF /StrF /StdCF /CF << /StdCF << /CFM /AESV2 >> >>"
        return locked(data, "").replace(b"/V 2\n/R 3", method)
    texts = {"O": 48, "U": 48, "OE": 32, "UE": 32, "Perms": 16}
    keys = " ".join(f"/{name} <{'5a' * length}>" for name, length in texts.items())
    kind = "/StmF /StdCF /StrF /StdCF /CF << /StdCF << /CFM /AESV3 /Length 32 >> >>"
    entry = f"/Encrypt << /Filter /Standard /V 5 /R 6 /Length 256 /P -4 {kind} {keys} >>"
    return data.replace(b"/Root 1 0 R", f"/Root 1 0 R /ID [<00> <00>] {entry}".encode())


def bomb() -> bytes:
    """Return a PDF whose page unpacks to more than a parser may keep."""
    packed = zlib.compress(b" " * 80_000_000, 1)
    drawn = b"<< /Length %d /Filter /FlateDecode >>\nstream\n%b\nendstream" % (len(packed), packed)
    data = pdf_of("x")
    begin = data.index(b"5 0 obj\n") + len(b"5 0 obj\n")
    return data[:begin] + drawn + data[data.index(b"\nendobj", begin) :]
