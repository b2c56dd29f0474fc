package xapi

import "errors"

// SignatureUsage is the usageType of an attachment that is a signature.
const SignatureUsage = "http://adlnet.gov/expapi/attachments/signature"

// VerifySignature tells what is wrong with a statement's signature.
func VerifySignature(s *Statement, jws []byte) error { return errors.New("not yet") }
