package xapi

import (
	"errors"
	"io"
)

// Part is an attachment's data. SHA2 is the hash that it was sent under, in
// lower case hexadecimal digits.
type Part struct {
	SHA2, ContentType string
	Data              []byte
}

// Limits bound what a request may hold. Zero members stand for the defaults.
type Limits struct {
	Body, Part int64 // bytes
	Parts      int   // attachments
	Depth      int   // of JSON
}

// LimitError says that a request is over a limit.
type LimitError struct {
	What  string
	Limit int64
}

// Error gives the limit in words.
func (e *LimitError) Error() string { return e.What }

// ReadMultipart reads a multipart/mixed body.
func ReadMultipart(v Version, contentType string, body io.Reader, limits Limits) (statements []byte, parts []Part, err error) {
	return nil, nil, errors.New("not yet")
}

// CheckAttachments tells what is wrong between the statements' attachments and the parts sent with them.
func CheckAttachments(v Version, statements []*Statement, parts []Part) error {
	return errors.New("not yet")
}

// MultipartType gives the content type that WriteMultipart will write.
func MultipartType(statements []byte, parts []Part) string { return "" }

// WriteMultipart writes a multipart/mixed body.
func WriteMultipart(w io.Writer, statements []byte, parts []Part) (contentType string, err error) {
	return "", errors.New("not yet")
}
