// What can be chosen: each gateway with its methods, works and card windows. Words live in words-*.js.

export const GATEWAYS = {
  payple: {
    methods: ["card"],
    works: ["confirm_then_pay", "pay_now", "register"],
    flows: ["one_time", "recurring"],
    layouts: ["auto", "layer", "popup", "redirect"],
    currency: "KRW",
  },
  payletter: {
    methods: ["creditcard", "virtualaccount"],
    works: [],
    flows: [],
    layouts: ["auto", "popup", "redirect"],
    currency: "KRW",
  },
  payletter_global: {
    methods: ["PLCreditCard"],
    works: [],
    flows: [],
    layouts: ["auto", "popup", "redirect"],
    currency: "USD",
  },
};

/** The choice to start with; the page's address may preset it (`?gateway=payletter&method=virtualaccount`). */
export function initialChoice() {
  const asked = new URLSearchParams(location.search);
  return settle({
    product: asked.get("product"),
    gateway: asked.get("gateway"),
    method: asked.get("method"),
    work: asked.get("work"),
    cardFlow: asked.get("cardFlow"),
    layout: asked.get("layout"),
  });
}

/** Replaces what does not go together by the nearest thing that does. */
export function settle(choice) {
  const gateway = choice.gateway in GATEWAYS ? choice.gateway : "payple";
  const { methods, works, flows, layouts } = GATEWAYS[gateway];
  const work = among(works, choice.work);
  return {
    product: choice.product,
    gateway,
    method: among(methods, choice.method),
    work,
    // Only the recurring window leaves a billing key behind, so a registration is always recurring.
    cardFlow: work === "register" ? "recurring" : among(flows, choice.cardFlow),
    layout: among(layouts, choice.layout),
  };
}

/** The card windows that fit the chosen work. */
export function flowsFor(choice) {
  return choice.work === "register" ? ["recurring"] : GATEWAYS[choice.gateway].flows;
}

function among(list, value) {
  return list.includes(value) ? value : list[0];
}
