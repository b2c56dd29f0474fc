package xapi

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/textproto"
	"strconv"
	"strings"
)

// Part is an attachment's data as a request or an answer carries them. SHA2 is
// the hash under which they travel, in lower case.
type Part struct {
	SHA2, ContentType string
	Data              []byte
}

// Limits bound what a request may hold. A member that is zero stands for the
// default: 64 MiB for a body and for a part, 1,000 attachments, 200 levels of
// JSON.
type Limits struct {
	Body, Part int64 // bytes
	Parts      int   // attachments' parts
	Depth      int   // levels of JSON
}

// The defaults of Limits, and what bounds the headers of a part together with
// what comes before it.
const (
	defaultBody  = 64 << 20
	defaultParts = 1000
	defaultDepth = 200
	headerLimit  = 16 << 10
)

// orDefault fills in the defaults.
func (l Limits) orDefault() Limits {
	if l.Body <= 0 {
		l.Body = defaultBody
	}
	if l.Part <= 0 {
		l.Part = l.Body
	}
	if l.Parts <= 0 {
		l.Parts = defaultParts
	}
	if l.Depth <= 0 {
		l.Depth = defaultDepth
	}
	return l
}

// LimitError says that a request is larger than the store takes.
type LimitError struct {
	What  string // what is too large, and in what unit
	Limit int64
}

// Error names the limit and the remedy.
func (e *LimitError) Error() string {
	return fmt.Sprintf("%s: at most %d are taken; send less at a time", e.What, e.Limit)
}

// ReadMultipart reads a request of type multipart/mixed: the JSON of the first
// part, which holds all statements, and the data of the attachments in the
// others. It holds in memory what it returns and no more, and stops at the first
// byte over a limit. Whether the statements are valid, [ParseBatch] tells;
// whether the parts belong to them, [CheckAttachments].
//
// Errors: *Problem, whose path is part[i] and a header, for what is no such
// request; *LimitError; else whatever reading body gave.
func ReadMultipart(v Version, contentType string, body io.Reader, limits Limits) (statements []byte, parts []Part, err error) {
	boundary, err := boundaryOf(v, contentType)
	if err != nil {
		return nil, nil, err
	}
	limits = limits.orDefault()
	source := &boundedReader{from: body, limit: limits.Body, left: limits.Body}
	r := &multipartReader{version: v, limits: limits, source: source, parts: multipart.NewReader(source, boundary)}
	if statements, err = r.statements(); err != nil {
		return nil, nil, err
	}
	for {
		part, err := r.attachment(len(parts) + 1)
		if errors.Is(err, errNoMoreParts) {
			return statements, parts, nil
		}
		if err != nil {
			return nil, nil, err
		}
		if len(parts) == limits.Parts {
			return nil, nil, &LimitError{What: "attachments in a request", Limit: int64(limits.Parts)}
		}
		parts = append(parts, part)
	}
}

// boundaryOf gives what separates the parts, by the request's Content-Type.
func boundaryOf(v Version, contentType string) (string, error) {
	media, params, err := mime.ParseMediaType(contentType)
	if err != nil || media != "multipart/mixed" {
		return "", v.multipartProblem("Content-Type", "a request with attachments' data must be of type multipart/mixed with a boundary", contentType)
	}
	boundary := params["boundary"]
	if boundary == "" || len(boundary) > 70 {
		return "", v.multipartProblem("Content-Type", "multipart/mixed needs a boundary of 1 to 70 characters", contentType)
	}
	return boundary, nil
}

// multipartReader reads the parts of one request.
type multipartReader struct {
	version Version
	limits  Limits
	source  *boundedReader
	parts   *multipart.Reader
}

// errNoMoreParts says that the closing boundary was read.
var errNoMoreParts = errors.New("no more parts")

// statements reads the first part.
func (r *multipartReader) statements() ([]byte, error) {
	header, data, err := r.next(0)
	if errors.Is(err, errNoMoreParts) {
		return nil, r.version.multipartProblem("part[0]", "the first part must hold the statements as application/json", "")
	}
	if err != nil {
		return nil, err
	}
	contentType := header.Get("Content-Type")
	media, params, err := mime.ParseMediaType(contentType)
	if err != nil || media != "application/json" {
		return nil, r.problem(0, "Content-Type", "the first part must hold the statements as application/json", contentType)
	}
	if charset := params["charset"]; charset != "" && !strings.EqualFold(charset, "utf-8") {
		return nil, r.problem(0, "Content-Type", "JSON must be in UTF-8", contentType)
	}
	switch encoding := header.Get("Content-Transfer-Encoding"); strings.ToLower(encoding) {
	case "", "binary", "8bit", "7bit":
		return data, nil
	default:
		return nil, r.problem(0, "Content-Transfer-Encoding", "the statements must be sent as they are: binary", encoding)
	}
}

// attachment reads part i, which holds the data of an attachment.
func (r *multipartReader) attachment(i int) (Part, error) {
	header, data, err := r.next(i)
	if err != nil {
		return Part{}, err
	}
	if encoding := header.Get("Content-Transfer-Encoding"); !strings.EqualFold(encoding, "binary") {
		return Part{}, r.problem(i, "Content-Transfer-Encoding", "the data of an attachment must have this header with the value binary", encoding)
	}
	hash := strings.ToLower(header.Get("X-Experience-API-Hash"))
	if hash == "" {
		return Part{}, r.problem(i, "X-Experience-API-Hash", "the data of an attachment must have this header with the attachment's sha2", "")
	}
	if !hasSHA2(hash, data) {
		return Part{}, r.problem(i, "X-Experience-API-Hash", "the hash must be the SHA-2 of the part's data, as hexadecimal digits", hash)
	}
	contentType := header.Get("Content-Type")
	if _, _, err := mime.ParseMediaType(contentType); contentType != "" && err != nil {
		return Part{}, r.problem(i, "Content-Type", "the content type must be a media type such as image/png", contentType)
	}
	if length := header.Get("Content-Length"); length != "" && length != strconv.Itoa(len(data)) {
		return Part{}, r.problem(i, "Content-Length", fmt.Sprintf("the part has %d bytes, the header must say so or be left out", len(data)), length)
	}
	return Part{SHA2: hash, ContentType: contentType, Data: data}, nil
}

// next reads part i whole.
func (r *multipartReader) next(i int) (textproto.MIMEHeader, []byte, error) {
	r.source.allow(headerLimit)
	part, err := r.parts.NextRawPart()
	r.source.allow(-1)
	if errors.Is(err, io.EOF) { // not that of the source, which gives none
		return nil, nil, errNoMoreParts
	}
	if err != nil {
		return nil, nil, r.broken(i, err)
	}
	data, err := io.ReadAll(io.LimitReader(part, r.limits.Part+1))
	if err != nil {
		return nil, nil, r.broken(i, err)
	}
	if int64(len(data)) > r.limits.Part {
		return nil, nil, &LimitError{What: "bytes in part " + strconv.Itoa(i), Limit: r.limits.Part}
	}
	return part.Header, data, nil
}

// broken tells a body that is no multipart document from one that cannot be read
// or is over a limit.
func (r *multipartReader) broken(i int, err error) error {
	if r.source.err != nil {
		return fmt.Errorf("part %d: %w", i, r.source.err)
	}
	rule := "the part must have headers, an empty line and data, and end with the boundary that Content-Type names"
	if r.source.ended {
		rule = "the body ends too early: every part must begin after the boundary that Content-Type names, and the last be closed with it and two hyphens"
	}
	return r.version.multipartProblem("part["+strconv.Itoa(i)+"]", rule, "")
}

func (r *multipartReader) problem(i int, header, rule, value string) error {
	return r.version.multipartProblem("part["+strconv.Itoa(i)+"]."+header, rule, value)
}

// multipartProblem makes a problem of the transfer of attachments.
func (v Version) multipartProblem(path, rule, value string) *Problem {
	section := "xAPI 1.0.3 Communication 1.5.2"
	if v == V2 {
		section = "IEEE 9274.1.1 4.1.3"
	}
	return &Problem{Index: -1, Path: path, Rule: rule, Value: shown(value), Section: section}
}

// boundedReader stops at a number of bytes for all, and at one for what is read
// now. The end of what it reads is a line's end and then io.ErrUnexpectedEOF,
// since a multipart document ends by its closing boundary, which may end
// without one.
type boundedReader struct {
	from  io.Reader
	limit int64 // bytes that may come at all
	left  int64 // of these
	now   int64 // bytes that may come until the next call of allow; -1: any
	ended bool
	err   error // that of from, or a *LimitError
}

// readAhead is how far a multipart.Reader reads ahead.
const readAhead = 4 << 10

// allow lets n bytes come, beside what is read ahead; any number for -1.
func (r *boundedReader) allow(n int64) {
	r.now = n
	if n >= 0 {
		r.now += readAhead
	}
}

// Read reads at most what the limits leave.
func (r *boundedReader) Read(p []byte) (int, error) {
	switch {
	case r.err != nil:
		return 0, r.err
	case r.ended:
		return 0, io.ErrUnexpectedEOF
	case r.now == 0:
		r.err = &LimitError{What: "bytes in the headers of a part", Limit: headerLimit}
		return 0, r.err
	case r.now > 0:
		p = p[:min(int64(len(p)), r.now)]
	}
	n, err := r.from.Read(p[:min(int64(len(p)), r.left+1)])
	r.left -= int64(n)
	if r.now > 0 {
		r.now -= int64(n)
	}
	switch {
	case r.left < 0:
		r.err = &LimitError{What: "bytes in a request", Limit: r.limit}
		return 0, r.err
	case errors.Is(err, io.EOF):
		return r.end(p, n)
	case err != nil:
		r.err = err
	}
	return n, r.err
}

// end adds the last line's end to n bytes that were read, as soon as there is
// room for it.
func (r *boundedReader) end(p []byte, n int) (int, error) {
	if len(p)-n < len("\r\n") {
		return n, nil
	}
	r.ended = true
	return n + copy(p[n:], "\r\n"), io.ErrUnexpectedEOF
}

// MultipartType gives the content type of what [WriteMultipart] writes, for the
// header that must come first.
func MultipartType(statements []byte, parts []Part) string {
	return mime.FormatMediaType("multipart/mixed", map[string]string{"boundary": boundaryFor(statements, parts)})
}

// boundaryFor makes a boundary from the hash of the statements and of the data's
// hashes. None of them can contain it: its maker would have had to know it.
func boundaryFor(statements []byte, parts []Part) string {
	h := sha256.New()
	h.Write(statements)
	for _, part := range parts {
		h.Write([]byte(part.SHA2))
	}
	return hex.EncodeToString(h.Sum(nil)[:20])
}

// WriteMultipart writes statements, or the result of a query, and the data of
// their attachments as multipart/mixed, data under one hash once, and gives the
// content type, the same as [MultipartType]. Equal arguments give equal bytes.
//
// Errors: those of w.
func WriteMultipart(w io.Writer, statements []byte, parts []Part) (contentType string, err error) {
	m := multipart.NewWriter(w)
	if err := m.SetBoundary(boundaryFor(statements, parts)); err != nil {
		return "", err
	}
	contentType = MultipartType(statements, parts)
	if err := writePart(m, textproto.MIMEHeader{"Content-Type": {"application/json"}}, statements); err != nil {
		return "", err
	}
	written := make(map[string]bool, len(parts))
	for _, part := range parts {
		if written[part.SHA2] {
			continue
		}
		written[part.SHA2] = true
		if err := writePart(m, part.header(), part.Data); err != nil {
			return "", err
		}
	}
	return contentType, m.Close()
}

// header gives the headers of an attachment's part.
func (p *Part) header() textproto.MIMEHeader {
	return textproto.MIMEHeader{
		"Content-Type":              {p.contentType()},
		"Content-Transfer-Encoding": {"binary"},
		"X-Experience-API-Hash":     {p.SHA2},
	}
}

// contentType gives the part's content type, that of any data where it is
// unknown or would break the header.
func (p *Part) contentType() string {
	if p.ContentType == "" || strings.ContainsFunc(p.ContentType, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return "application/octet-stream"
	}
	return p.ContentType
}

func writePart(m *multipart.Writer, header textproto.MIMEHeader, data []byte) error {
	w, err := m.CreatePart(header)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, bytes.NewReader(data))
	return err
}
