package protocol

import (
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/liftmark/liftmark/internal/access"
	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/lrs"
	"github.com/liftmark/liftmark/xapi"
)

func (h *handler) statementMethods() map[string]method {
	write := []access.Scope{access.StatementsWrite}
	return map[string]method{
		http.MethodPost: {scopes: write, serve: (*call).postStatements},
		http.MethodPut:  {scopes: write, serve: (*call).putStatement, params: []string{"statementId"}},
		http.MethodGet: {scopes: readStatements, serve: (*call).getStatements, params: []string{
			"statementId", "voidedStatementId", "agent", "verb", "activity", "registration", "related_activities",
			"related_agents", "since", "until", "limit", "format", "attachments", "ascending",
		}},
	}
}

// postStatements stores one statement or many.
func (c *call) postStatements() error {
	data, parts, err := c.readStatements()
	if err != nil {
		return err
	}
	statements, err := xapi.ParseBatch(c.version, data)
	if err != nil {
		return err
	}
	if most := c.handler.opt.MaxStatements; len(statements) > most {
		return fault.New(fault.TooLarge, "the batch has %d statements; send %d at most at once", len(statements), most)
	}
	ids, err := c.handler.service.Store(c.r.Context(), c.writer(""), statements, parts)
	if err != nil {
		return err
	}
	body, err := appendTexts(nil, ids)
	if err != nil {
		return err
	}
	c.write(http.StatusOK, "application/json", body)
	return nil
}

// putStatement stores one statement under the id that the address names.
func (c *call) putStatement() error {
	p := reader{c: c}
	id := p.checked("statementId", p.need("statementId"), xapi.CheckUUID)
	if p.err != nil {
		return p.err
	}
	data, parts, err := c.readStatements()
	if err != nil {
		return err
	}
	st, err := xapi.Parse(c.version, data)
	if err != nil {
		return err
	}
	if st.ID != "" && !strings.EqualFold(st.ID, id) {
		return &xapi.Problem{Index: 0, Path: "$.id", Value: st.ID, Rule: "the id is not the parameter statementId; make them the same", Section: "xAPI 1.0.3 Communication 2.1.1"}
	}
	if _, err := c.handler.service.Store(c.r.Context(), c.writer(id), []*xapi.Statement{st}, parts); err != nil {
		return err
	}
	c.noContent()
	return nil
}

// writer says who stores.
func (c *call) writer(id string) lrs.Writer {
	w := lrs.WriterFor(c.caller, c.version)
	w.ID = id
	return w
}

// readStatements reads the body of a request that stores statements.
func (c *call) readStatements() (data []byte, parts []xapi.Part, err error) {
	contentType := c.header.Get("Content-Type")
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return nil, nil, fault.New(fault.Invalid, "the content type %q cannot be read: %w; send application/json, or multipart/mixed with attachments", contentType, err)
	}
	if err := c.plainEncoding(); err != nil {
		return nil, nil, err
	}
	opt := c.handler.opt
	switch media {
	case "application/json":
		data, err = io.ReadAll(c.body)
	case "multipart/mixed":
		limits := xapi.Limits{Body: opt.MaxBody, Part: opt.MaxPart, Parts: opt.MaxParts, Depth: opt.MaxDepth}
		data, parts, err = xapi.ReadMultipart(c.version, contentType, c.body, limits)
	default:
		err = fault.New(fault.Invalid, "the content type is %q; send application/json, or multipart/mixed with attachments", media)
	}
	return data, parts, bodyError(err)
}

// plainEncoding refuses a body that is encoded in a way that nobody has undone.
func (c *call) plainEncoding() error {
	if e := c.header.Get("Content-Encoding"); e != "" && !strings.EqualFold(e, "identity") {
		return &statusError{http.StatusUnsupportedMediaType, "the content encoding " + e + " is unknown here; send the body as it is"}
	}
	return nil
}

// bodyError gives the error of reading a body a kind: what nobody has named is
// the client going away.
func bodyError(err error) error {
	if err != nil && statusOf(err) == http.StatusInternalServerError {
		return fault.New(fault.Invalid, "the body broke off: %w; send it again", err)
	}
	return err
}

// appendTexts appends a JSON array of texts.
func appendTexts(dst []byte, texts []string) ([]byte, error) {
	dst = append(dst, '[')
	for i, text := range texts {
		if i > 0 {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = jsontext.AppendQuote(dst, text); err != nil {
			return nil, err
		}
	}
	return append(dst, ']'), nil
}
