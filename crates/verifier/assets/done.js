// Tells the page that opened this window that the buyer is back, and closes. If nobody answers, the result page is shown here.
const { channel: name, target } = document.body.dataset;
const next = document.querySelector(".next");

const goOn = () => {
  next.hidden = false;
  location.replace(target);
};
const timer = setTimeout(goOn, 1500);

if ("BroadcastChannel" in window) {
  const channel = new BroadcastChannel(name);
  channel.onmessage = ({ data }) => {
    if (data?.type !== "paypair.ack") return;
    clearTimeout(timer);
    channel.close();
    window.close();
    // A window that no script opened stays; its buyer needs the way on.
    setTimeout(goOn, 300);
  };
  channel.postMessage({ type: "paypair.returned" });
}
