package protocol

import (
	"bytes"
	"io"
	"mime"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strings"

	"github.com/liftmark/liftmark/internal/access"
	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/xapi"
)

// The alternate request syntax of version 1.0.3 packs a request into a form:
// POST ?method=PUT with headers, parameters and content as fields. Credentials
// in the form are for the server in front, which knows the caller already.
const (
	methodParam  = "method"
	contentField = "content"
	maxFields    = 64 // more than headers and parameters there are
	formType     = "application/x-www-form-urlencoded"
)

// formHeaders are the fields of a form that are headers.
var formHeaders = []string{"Authorization", headerVersion, "Content-Type", "Content-Length", "If-Match", "If-None-Match", "Accept-Language"}

// unfold reads the parameters of the request, and with the alternate request
// syntax all of it.
func (c *call) unfold() error {
	params, err := url.ParseQuery(c.r.URL.RawQuery)
	if err != nil {
		return fault.New(fault.Invalid, "the query of the address cannot be read: %w; escape its values", err)
	}
	c.params = params
	if c.r.Method != http.MethodPost || !params.Has(methodParam) {
		return nil
	}
	return c.unfoldForm(params)
}

func (c *call) unfoldForm(params url.Values) error {
	if v, err := xapi.ParseVersion(c.header.Get(headerVersion)); err == nil && v >= xapi.V2 {
		return fault.New(fault.Invalid, "version 2.0 has no alternate request syntax: send the request as it is, or as one of version 1.0.3")
	}
	if err := c.checkOuter(params); err != nil {
		return err
	}
	text, err := io.ReadAll(c.body)
	if err != nil {
		return bodyError(err)
	}
	if bytes.Count(text, []byte("&")) >= maxFields {
		return fault.New(fault.Invalid, "the form of an alternate request has more than %d fields", maxFields)
	}
	form, err := url.ParseQuery(string(text))
	if err != nil {
		return fault.New(fault.Invalid, "the form of an alternate request cannot be read: %w; escape its fields", err)
	}
	c.method = params.Get(methodParam)
	if !slices.Contains([]string{"GET", "HEAD", "PUT", "POST", "DELETE"}, c.method) {
		return fault.New(fault.Invalid, "the parameter method is %q; it must be GET, HEAD, PUT, POST or DELETE", c.method)
	}
	return c.spread(form)
}

// checkOuter checks the request around the form.
func (c *call) checkOuter(params url.Values) error {
	if len(params[methodParam]) > 1 {
		return fault.New(fault.Invalid, "the parameter method is there twice")
	}
	for name := range params {
		if name != methodParam && !(c.caller.Tolerates(access.CacheBusters) && !slices.Contains(allParams, name)) {
			return fault.New(fault.Invalid, "the parameter %q stands beside method: an alternate request has all its other parameters in the form", name)
		}
	}
	media, _, _ := mime.ParseMediaType(c.header.Get("Content-Type"))
	if media != formType && !(media == "text/plain" && c.caller.Tolerates(access.TextPlainForms)) {
		return fault.New(fault.Invalid, "the content type of an alternate request is %q; it must be %s%s", media, formType, hint(media))
	}
	return nil
}

func hint(media string) string {
	if media == "text/plain" {
		return ", or switch " + string(access.TextPlainForms) + " on for this credential"
	}
	return ""
}

// spread makes headers, parameters and a body of a form's fields.
func (c *call) spread(form url.Values) error {
	header, params := c.header.Clone(), url.Values{}
	header.Del("Content-Type")
	for name, values := range form {
		if len(values) > 1 {
			return fault.New(fault.Invalid, "the field %q is in the form twice", name)
		}
		switch i := slices.IndexFunc(formHeaders, func(h string) bool { return strings.EqualFold(h, name) }); {
		case i >= 0:
			header.Set(textproto.CanonicalMIMEHeaderKey(formHeaders[i]), values[0])
		case name != contentField:
			params[name] = values
		}
	}
	writes := c.method == http.MethodPut || c.method == http.MethodPost
	if writes != form.Has(contentField) {
		return fault.New(fault.Invalid, "the form of an alternate PUT or POST has the field %q, others do not; this is a %s", contentField, c.method)
	}
	if header.Get("Content-Type") == "" {
		header.Set("Content-Type", "application/json")
	}
	c.header, c.params = header, params
	c.body = bytes.NewReader([]byte(form.Get(contentField)))
	return nil
}
