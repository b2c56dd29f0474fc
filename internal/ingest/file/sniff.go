package file

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"github.com/liftmark/liftmark/internal/fault"
)

// Formats of files.
const (
	formatCSV     = "csv"
	formatJSONL   = "jsonl"
	formatParquet = "parquet"
	formatXLSX    = "xlsx"
)

// Encodings of text.
const (
	utf8Encoding    = "utf-8"
	utf16LE         = "utf-16le"
	utf16BE         = "utf-16be"
	windows1252     = "windows-1252"
	sampleBytes     = 64 << 10
	maxDecoderBytes = 256 << 20 // window of a zstd frame
)

// input is one file on disk and what its first bytes say about it.
type input struct {
	path        string
	label       string // the path as valid text, for messages and the record
	name        string // base name without the compression's extension
	size        int64
	compression string // "", "gzip", "zstd"
	format      string
	encoding    string // of text formats
	bom         int    // bytes of the byte order mark
	sample      []byte // the first bytes as UTF-8 text, of text formats
	sampleWhole bool   // sample is the whole text
}

// signatures are the first bytes of files that are often given a wrong name.
var signatures = []struct{ magic, what, remedy string }{
	{"%PDF", "a PDF document", "export the table behind it as CSV"},
	{"\x89PNG", "a PNG picture", "export the table behind it as CSV"},
	{"\xff\xd8\xff", "a JPEG picture", "export the table behind it as CSV"},
	{"GIF8", "a GIF picture", "export the table behind it as CSV"},
	{"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls)", "save it as .xlsx or CSV"},
	{"SQLite format 3", "an SQLite database", "export its tables as CSV"},
	{"7z\xbc\xaf", "a 7-Zip archive", "unpack it and import the files in it"},
	{"Rar!", "a RAR archive", "unpack it and import the files in it"},
	{"BZh", "compressed with bzip2", "unpack it, or compress it with gzip or zstd"},
	{"\xfd7zXZ", "compressed with xz", "unpack it, or compress it with gzip or zstd"},
	{"<!DOCTYPE", "a web page", "it is often a login or error page saved in place of the export: export again"},
	{"<html", "a web page", "it is often a login or error page saved in place of the export: export again"},
	{"<?xml", "an XML document", "export it as CSV"},
	{"ORC", "an ORC file", "export it as Parquet or CSV"},
	{"Obj\x01", "an Avro file", "export it as Parquet or CSV"},
}

// sniff looks at the beginning of a file.
//
// Errors: fault.Invalid for an empty file, or one that is no table;
// fault.NotFound and fault.Unavailable for one that cannot be opened.
func sniff(path string) (*input, error) {
	in := &input{path: path, label: strings.ToValidUTF8(path, "�"), name: unpackedName(path)}
	info, err := os.Stat(path)
	if err != nil {
		return nil, pathError(path, err)
	}
	if in.size = info.Size(); in.size == 0 {
		return nil, fault.New(fault.Invalid, "%s is empty; export it again, or leave it out", path)
	}
	if err := in.sniffCompression(); err != nil {
		return nil, err
	}
	head, whole, err := in.head()
	if err != nil {
		return nil, err
	}
	if len(head) == 0 {
		return nil, fault.New(fault.Invalid, "%s holds nothing once it is unpacked; export it again, or leave it out", path)
	}
	return in, in.sniffFormat(head, whole)
}

func pathError(path string, err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return fault.New(fault.NotFound, "there is no file or folder %s", path)
	}
	return fault.New(fault.Unavailable, "cannot read %s: %w", path, err)
}

func (in *input) sniffCompression() error {
	f, err := os.Open(in.path)
	if err != nil {
		return pathError(in.path, err)
	}
	defer func() { _ = f.Close() }()
	magic := make([]byte, 4)
	n, err := io.ReadFull(f, magic)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return pathError(in.path, err)
	}
	switch magic = magic[:n]; {
	case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}):
		in.compression = "gzip"
	case bytes.Equal(magic, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		in.compression = "zstd"
	}
	return nil
}

// unpackedName is the base name without a compression's extension.
func unpackedName(path string) string {
	name := filepath.Base(path)
	for _, ext := range []string{".gz", ".zst", ".zstd"} {
		if strings.HasSuffix(strings.ToLower(name), ext) {
			return name[:len(name)-len(ext)]
		}
	}
	return name
}

// head gives the first unpacked bytes, and whether they are all.
func (in *input) head() ([]byte, bool, error) {
	r, err := in.open(nil)
	if err != nil {
		return nil, false, err
	}
	defer func() { _ = r.Close() }()
	head := make([]byte, sampleBytes)
	n, err := io.ReadFull(r, head)
	switch {
	case err == nil:
		return head, false, nil
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return head[:n], true, nil
	}
	return nil, false, in.readError(err)
}

// readError says what a failure to read means for the user.
func (in *input) readError(err error) error {
	if err == nil || fault.KindOf(err) != fault.Internal {
		return err
	}
	if in.compression != "" && !isPathError(err) {
		return fault.New(fault.Invalid, "%s is damaged or cut off (%w); copy or export it again, nothing of it was stored", in.path, err)
	}
	return fault.New(fault.Unavailable, "cannot read %s: %w", in.path, err)
}

func isPathError(err error) bool {
	var p *os.PathError
	return errors.As(err, &p)
}

// open gives the unpacked bytes. raw, when not nil, sees every byte of the file
// itself.
func (in *input) open(raw io.Writer) (io.ReadCloser, error) {
	f, err := os.Open(in.path)
	if err != nil {
		return nil, pathError(in.path, err)
	}
	var r io.Reader = f
	if raw != nil {
		r = io.TeeReader(f, raw)
	}
	switch in.compression {
	case "gzip":
		z, err := gzip.NewReader(r)
		if err != nil {
			_ = f.Close()
			return nil, in.readError(err)
		}
		return &unpacked{Reader: noEarlyEOF{z}, close: func() error { return errors.Join(z.Close(), f.Close()) }}, nil
	case "zstd":
		z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxDecoderBytes))
		if err != nil {
			_ = f.Close()
			return nil, in.readError(err)
		}
		return &unpacked{Reader: noEarlyEOF{z}, close: func() error { z.Close(); return f.Close() }}, nil
	}
	return &unpacked{Reader: r, close: f.Close}, nil
}

type unpacked struct {
	io.Reader
	close func() error
}

func (u *unpacked) Close() error { return u.close() }

var errCutOff = errors.New("it ends too early")

// noEarlyEOF keeps io.ErrUnexpectedEOF of a decompressor apart from the one
// that io.ReadFull makes of a short but whole file.
type noEarlyEOF struct{ io.Reader }

func (r noEarlyEOF) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = errCutOff
	}
	return n, err
}

func (in *input) sniffFormat(head []byte, whole bool) error {
	if bytes.HasPrefix(head, []byte("PAR1")) {
		in.format, in.encoding = formatParquet, utf8Encoding
		return nil
	}
	if bytes.HasPrefix(head, []byte("PK\x03\x04")) {
		return in.sniffZip(head)
	}
	for _, s := range signatures {
		if bytes.HasPrefix(head, []byte(s.magic)) || s.magic[0] == '<' && len(head) >= len(s.magic) && strings.EqualFold(string(head[:len(s.magic)]), s.magic) {
			return fault.New(fault.Invalid, "%s is %s, not a table; %s", in.path, s.what, s.remedy)
		}
	}
	in.sniffEncoding(head)
	text, err := in.sampleText(head, whole)
	if err != nil {
		return err
	}
	in.sample, in.sampleWhole = text, whole
	if len(bytes.TrimSpace(text)) == 0 && whole {
		return fault.New(fault.Invalid, "%s holds only blank lines; export it again, or leave it out", in.path)
	}
	if control := controlShare(text); control > 0.1 {
		return fault.New(fault.Invalid, "%s is not text (%.0f %% of its first bytes are control characters); export it as CSV, JSON Lines, Parquet or XLSX", in.path, 100*control)
	}
	in.format = formatCSV
	if bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) {
		in.format = formatJSONL
	}
	if bytes.HasPrefix(bytes.TrimSpace(text), []byte("[")) && strings.HasSuffix(strings.ToLower(in.name), ".json") {
		return fault.New(fault.Invalid, "%s is one JSON array; write one object per line instead (jq -c '.[]')", in.path)
	}
	return nil
}

func (in *input) sniffZip(head []byte) error {
	if !bytes.Contains(head, []byte("xl/")) && !bytes.Contains(head, []byte("[Content_Types].xml")) {
		return fault.New(fault.Invalid, "%s is a ZIP archive; unpack it and import the files in it", in.path)
	}
	in.format, in.encoding = formatXLSX, utf8Encoding
	return nil
}

// sniffEncoding judges by the byte order mark; without one, text of which every
// other byte is null is UTF-16, and anything else is taken as UTF-8 until a byte
// proves otherwise.
func (in *input) sniffEncoding(head []byte) {
	in.encoding, in.bom = utf8Encoding, 0
	switch {
	case bytes.HasPrefix(head, []byte{0xef, 0xbb, 0xbf}):
		in.bom = 3
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}):
		in.encoding, in.bom = utf16LE, 2
	case bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		in.encoding, in.bom = utf16BE, 2
	default:
		var nulls [2]int
		for i, b := range head {
			if b == 0 {
				nulls[i%2]++
			}
		}
		if half := len(head) / 2; half > 0 {
			switch {
			case nulls[1] > half*3/5 && nulls[0] < half/5:
				in.encoding = utf16LE
			case nulls[0] > half*3/5 && nulls[1] < half/5:
				in.encoding = utf16BE
			}
		}
	}
}

func (in *input) sampleText(head []byte, whole bool) ([]byte, error) {
	head = head[min(in.bom, len(head)):]
	if in.encoding == utf8Encoding && !validPrefix(head, whole) {
		in.encoding = windows1252
	}
	if in.encoding == utf8Encoding {
		return head, nil
	}
	text, err := io.ReadAll(transform.NewReader(bytes.NewReader(head), decoder(in.encoding)))
	if err != nil {
		return nil, in.readError(err)
	}
	return text, nil
}

// validPrefix says whether b is UTF-8, apart from a rune that the end of the
// sample cuts.
func validPrefix(b []byte, whole bool) bool {
	if utf8.Valid(b) {
		return true
	}
	for cut := 1; !whole && cut < utf8.UTFMax && cut <= len(b); cut++ {
		if utf8.Valid(b[:len(b)-cut]) {
			return true
		}
	}
	return false
}

func decoder(name string) transform.Transformer {
	var e encoding.Encoding
	switch name {
	case utf16LE:
		e = unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	case utf16BE:
		e = unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	default:
		e = charmap.Windows1252
	}
	return e.NewDecoder()
}

// text opens the file as UTF-8 text without a byte order mark. Bytes that are
// not valid in a file taken as UTF-8 pass unchanged: the reader must look.
func (in *input) text(raw io.Writer) (io.ReadCloser, error) {
	r, err := in.open(raw)
	if err != nil {
		return nil, err
	}
	if _, err := io.CopyN(io.Discard, r, int64(in.bom)); err != nil {
		_ = r.Close()
		return nil, in.readError(err)
	}
	if in.encoding == utf8Encoding {
		return r, nil
	}
	return &unpacked{Reader: transform.NewReader(r, decoder(in.encoding)), close: r.Close}, nil
}

// controlShare is the share of bytes that do not occur in text; null bytes do
// in some exports.
func controlShare(text []byte) float64 {
	n := 0
	for _, b := range text {
		if b < 0x20 && b != '\t' && b != '\n' && b != '\r' && b != 0 {
			n++
		}
	}
	return float64(n) / float64(max(len(text), 1))
}
