# Writes interrupted.json: segmented regressions of R's own Seatbelts (monthly road
# casualties, Great Britain 1969-1984; front seat belts compulsory from Feb 1983,
# month 170). Run in this folder: Rscript interrupted.R
suppressMessages({library(sandwich); library(nlme); library(jsonlite)})
b <- as.data.frame(Seatbelts); n <- nrow(b)
d <- data.frame(time = 1:n, front = b$front, rear = b$rear, kms = b$kms, price = b$PetrolPrice)
d$level <- as.numeric(d$time > 169); d$slope <- pmax(0, d$time - 169); d$month <- factor((d$time) %% 12)
for (k in 1:2) { d[[paste0("s", k)]] <- sin(2 * pi * k * d$time / 12); d[[paste0("c", k)]] <- cos(2 * pi * k * d$time / 12) }
se <- function(v) unname(sqrt(diag(v)))
m <- lm(front ~ time + level + slope + s1 + c1 + s2 + c2, d)
nw <- function(k) se(NeweyWest(m, lag = k, prewhite = FALSE, adjust = TRUE))
harmonics <- list(coef = unname(coef(m)), se = se(vcov(m)), nw4 = nw(4), nw12 = nw(12),
  dw = sum(diff(resid(m))^2) / sum(resid(m)^2), acf = acf(resid(m), plot = FALSE, lag.max = 24)$acf[, 1, 1])
# effects: fitted less counterfactual after the change, by the delta method
X <- model.matrix(m); X0 <- X; X0[, c("level", "slope")] <- 0; D <- (X - X0)[d$time > 169, ]
delta <- function(V, cf) list(cumulative = sum(D %*% cf), cumulative_se = sqrt(sum(V %*% colSums(D) * colSums(D))), last = unname((D %*% cf)[nrow(D)]), last_se = sqrt(as.numeric(D[nrow(D), ] %*% V %*% D[nrow(D), ])))
harmonics$effect <- delta(vcov(m), coef(m)); harmonics$effect_nw12 <- delta(NeweyWest(m, lag = 12, prewhite = FALSE, adjust = TRUE), coef(m))
pr <- predict(m, transform(d, level = 0, slope = 0), se.fit = TRUE); harmonics$counterfactual <- list(fit = unname(pr$fit[n]), se = unname(pr$se.fit[n]))

months <- lm(front ~ time + level + slope + month + price, d)
keep <- !(d$time > 169 & d$time <= 172)
lagged <- lm(front ~ time + level, d[keep, ])
gl <- function(f, data, method) { g <- gls(f, data, correlation = corAR1(form = ~time), method = method, control = glsControl(tolerance = 1e-14, msTol = 1e-14, apVar = FALSE, opt = "nlminb", msMaxIter = 500)); list(coef = unname(coef(g)), se = se(vcov(g)), phi = unname(coef(g$modelStruct$corStruct, unconstrained = FALSE)), loglik = as.numeric(logLik(g))) }
holes <- d[-c(20, 21, 22, 60, 111), ]
# Prais-Winsten, written out with matrices
X <- model.matrix(m); y <- d$front; rho <- 0; e <- resid(m)
repeat { r2 <- sum(e[-1] * e[-n]) / sum(e[-n]^2); P <- diag(n); P[cbind(2:n, 1:(n - 1))] <- -r2; P[1, 1] <- sqrt(1 - r2^2)
  w <- lm.fit(P %*% X, P %*% y); e <- as.numeric(y - X %*% w$coefficients); if (abs(r2 - rho) < 1e-15) break; rho <- r2 }
pw <- list(coef = unname(w$coefficients), se = sqrt(diag(solve(crossprod(P %*% X))) * sum(w$residuals^2) / (n - ncol(X))), rho = rho)

# Averaged over autocorrelations, written out: weights by restricted likelihood
Z <- model.matrix(front ~ time + level + slope, d); dist <- abs(outer(d$time, d$time, "-"))
one <- function(phi) { V <- phi^dist; U <- chol(V); Zw <- backsolve(U, Z, transpose = TRUE); yw <- backsolve(U, y, transpose = TRUE)
  I <- crossprod(Zw); b <- solve(I, crossprod(Zw, yw)); rss <- sum((yw - Zw %*% b)^2); df <- n - ncol(Z)
  list(b = as.numeric(b), V = solve(I) * rss / df, l = -df / 2 * log(rss) - sum(log(diag(U))) - as.numeric(determinant(I)$modulus) / 2) }
grid <- (-49:49) / 50; fits <- lapply(grid, one); l <- sapply(fits, `[[`, "l"); weight <- exp(l - max(l)); weight <- weight / sum(weight)
bs <- sapply(fits, `[[`, "b"); mean_b <- as.numeric(bs %*% weight)
total <- Reduce(`+`, Map(function(f, w) w * (f$V + tcrossprod(f$b - mean_b)), fits, weight))
averaged <- list(coef = mean_b, se = sqrt(diag(total)), phi = sum(weight * grid))

q <- glm(front ~ offset(log(kms)) + time + level + slope + s1 + c1, quasipoisson, d, control = list(epsilon = 1e-14, maxit = 100))
p <- glm(front ~ offset(log(kms)) + time + level + slope + s1 + c1, poisson, d, control = list(epsilon = 1e-14, maxit = 100))
Q <- model.matrix(q); Q0 <- Q; Q0[, c("level", "slope")] <- 0; on <- d$time > 169
f1 <- d$kms * exp(Q %*% coef(q)); f0 <- d$kms * exp(Q0 %*% coef(q))
G <- colSums((as.numeric(f1) * Q - as.numeric(f0) * Q0)[on, ])
counts <- list(coef = unname(coef(q)), se = se(vcov(q)), se_poisson = se(vcov(p)), se_nw4 = se(NeweyWest(q, lag = 4, prewhite = FALSE, adjust = TRUE)), dispersion = summary(q)$dispersion, loglik = as.numeric(logLik(p)),
  cumulative = sum((f1 - f0)[on]), cumulative_se = sqrt(as.numeric(G %*% vcov(q) %*% G)), counterfactual = f0[n])

# controlled: both series in one regression with every term of its own for each
st <- rbind(transform(d, y = front, g = 1), transform(d, y = rear, g = 0))
cm <- lm(y ~ g * (time + level + slope + s1 + c1), st)
cc <- lm(I(front - rear) ~ time + level + slope + s1 + c1, d)
controlled <- list(level = unname(coef(cm)["g:level"]), slope = unname(coef(cm)["g:slope"]), nw6 = se(NeweyWest(cc, lag = 6, prewhite = FALSE, adjust = TRUE))[3:4])
write_json(list(session = list(R = as.character(getRversion()), sandwich = as.character(packageVersion("sandwich")), nlme = as.character(packageVersion("nlme"))),
  front = d$front, rear = d$rear, kms = d$kms, price = d$price, change = 169,
  harmonics = harmonics, months = list(coef = unname(coef(months)), se = se(vcov(months))), lagged = list(coef = unname(coef(lagged)), se = se(vcov(lagged))),
  ml = gl(front ~ time + level + slope, d, "ML"), reml = gl(front ~ time + level + slope, d, "REML"), holes = gl(front ~ time + level + slope, holes, "REML"), hole_rows = c(20, 21, 22, 60, 111),
  averaged = averaged, prais_winsten = pw, counts = counts, controlled = controlled), "interrupted.json", digits = I(17), auto_unbox = TRUE)
